"""Calls through Twilio, or a gateway that speaks its protocol (TwiML) elsewhere."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from webapp.authenticators.phone_call.rules import RING, WAIT
from webapp.authenticators.phone_call.voice_gateway import CallRequest, GatewayError
from webapp.authenticators.phone_call.voice_prompts import announcement
from webapp.config import VoiceGatewayConfig

PATIENCE = 10.0  # seconds for the gateway to answer
EVENTS = ["initiated", "ringing", "answered", "completed"]
# The library would look into the process's environment by itself.
_NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}

log = structlog.get_logger()


class TwilioGateway:
    """Places calls over HTTPS."""

    rings_at_once = False

    def __init__(self, voice: VoiceGatewayConfig) -> None:
        self._voice = voice

    def place(self, request: CallRequest) -> str:
        """Place a call and return its SID.

        Raises:
            GatewayError: the gateway refused, is away, or said what nobody understands.
        """
        options: dict[str, Any] = {
            "url": request.answer_url,
            "method": "POST",
            "status_callback": request.status_url,
            "status_callback_method": "POST",
            "status_callback_event": EVENTS,
        }
        return self._refused_as_gateway_error(
            partial(self._create, request.number, options)
        )

    def announce(self, number: str, sentences: Mapping[str, str]) -> None:
        """Call a number and say something.

        Raises:
            GatewayError: the gateway refused, or is away.
        """
        options: dict[str, Any] = {"twiml": announcement(sentences)}
        self._refused_as_gateway_error(partial(self._create, number, options))

    def _client(self) -> Client:
        # Made anew: each thread needs connections of its own.
        transport = TwilioHttpClient(timeout=PATIENCE, pool_connections=False)
        client = Client(
            self._voice.account,
            str(self._voice.token),
            http_client=transport,
            environment=_NO_ENVIRONMENT,
        )
        if self._voice.url:
            client.api.base_url = self._voice.url
        return client

    def _create(self, number: str, options: dict[str, Any]) -> str:
        call = self._client().calls.create(
            to=number,
            from_=self._voice.number,
            timeout=int(RING.total_seconds()),
            time_limit=int(WAIT.total_seconds()),
            **options,
        )
        if not isinstance(call.sid, str) or not call.sid:
            raise GatewayError("no name for the call")
        return call.sid

    @staticmethod
    def _refused_as_gateway_error(create: Callable[[], str]) -> str:
        try:
            return create()
        except TwilioRestException as error:
            # Its message may repeat the number.
            log.warning("call_refused", status=error.status, reason=error.code)
            raise GatewayError(f"status {error.status}") from None
        except Exception as error:  # whatever the library meets in a foreign answer
            log.warning("call_refused", kind=type(error).__name__)
            raise GatewayError(type(error).__name__) from None
