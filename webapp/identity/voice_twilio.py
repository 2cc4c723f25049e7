"""Calls through Twilio, or a gateway that speaks its protocol (TwiML) elsewhere."""

import structlog
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from webapp.config import Voice
from webapp.identity.phone import RING, WAIT
from webapp.identity.voice import GatewayError, Order
from webapp.identity.voice_words import announcement

PATIENCE = 10.0  # seconds for the gateway to answer
EVENTS = ["initiated", "ringing", "answered", "completed"]
# The library would look into the process's environment by itself.
_NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}

log = structlog.get_logger()


class TwilioGateway:
    """Places calls over HTTPS."""

    rings_at_once = False

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def place(self, order: Order) -> str:
        """Place a call and return its SID.

        Raises:
            GatewayError: the gateway refused, is away, or said what nobody understands.
        """
        try:
            return self._place(order)
        except TwilioRestException as error:
            # Its message may repeat the number.
            log.warning("call_refused", status=error.status, reason=error.code)
            raise GatewayError(f"status {error.status}") from None
        except Exception as error:  # whatever the library meets in a foreign answer
            log.warning("call_refused", kind=type(error).__name__)
            raise GatewayError(type(error).__name__) from None

    def announce(self, number: str, sentences: tuple[str, str]) -> None:
        """Call a number and say something.

        Raises:
            GatewayError: the gateway refused, or is away.
        """
        try:
            self._client().calls.create(
                to=number,
                from_=self._voice.number,
                twiml=announcement(sentences),
                timeout=int(RING.total_seconds()),
                time_limit=int(WAIT.total_seconds()),
            )
        except TwilioRestException as error:
            # Its message may repeat the number.
            log.warning("call_refused", status=error.status, reason=error.code)
            raise GatewayError(f"status {error.status}") from None
        except Exception as error:  # whatever the library meets in a foreign answer
            log.warning("call_refused", kind=type(error).__name__)
            raise GatewayError(type(error).__name__) from None

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

    def _place(self, order: Order) -> str:
        call = self._client().calls.create(
            to=order.number,
            from_=self._voice.number,
            url=order.answer_url,
            method="POST",
            status_callback=order.status_url,
            status_callback_method="POST",
            status_callback_event=EVENTS,
            timeout=int(RING.total_seconds()),
            time_limit=int(WAIT.total_seconds()),
        )
        if not isinstance(call.sid, str) or not call.sid:
            raise GatewayError("no name for the call")
        return call.sid
