"""Whose program calls: by its secret, or by an assertion that it signs."""

from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from flask import request
from joserfc.errors import JoseError

from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.relying.institutions import service
from webapp.relying.institutions.errors import (
    InstitutionRefusedError,
    InstitutionUnknownError,
)
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.clients import Client
from webapp.relying.openid.provider import Assertion, ProviderRequest
from webapp.relying.signing.answers import PATH

_BEARER: Final = "bearer "
_MAX_HEADER: Final = 8000


class ProgramAssertion(Assertion):
    """private_key_jwt in the header of a call: for this issuer, or for these calls."""

    def get_audiences(self) -> list[str]:
        """Return what the centre may be called here."""
        issuer = current_ca().config.public_url
        return [issuer, issuer + PATH]


def calling_institution() -> Institution:
    """Return whose program calls, and keep that it does.

    An assertion is used up by that, whatever comes of the call.

    Raises:
        InstitutionRefusedError: it does not prove who it is.
    """
    with unit_of_work() as work:
        institution = _authenticate(request.headers.get("Authorization", ""))
        service.note_use(institution, utc_now())
        work.flush()
    return institution


def _authenticate(header: str) -> Institution:
    if len(header) > _MAX_HEADER:
        raise InstitutionRefusedError
    if header.lower().startswith(_BEARER):
        return _by_assertion(header[len(_BEARER) :].strip())
    names = request.authorization
    if names is None or names.type != "basic":
        raise InstitutionRefusedError
    client_id, secret = names.username or "", names.password or ""
    return service.authenticate(session(), client_id, secret)


def _by_assertion(text: str) -> Institution:
    fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}
    try:
        client = ProgramAssertion()(_find_client, ProviderRequest(fields))
    except (OAuth2Error, JoseError, ValueError, TypeError, KeyError):
        raise InstitutionRefusedError from None
    if client is None:
        raise InstitutionRefusedError
    institution: Institution = client.institution
    return institution


def _find_client(client_id: Any) -> Client | None:
    try:
        return Client(service.find_active(session(), str(client_id)))
    except InstitutionUnknownError:
        return None
