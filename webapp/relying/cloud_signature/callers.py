"""Which program calls for which person: the Bearer token of a call (RFC 6750 2.1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from webapp.relying.cloud_signature.errors import PurposeError, ScopeError, TokenError
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import Purpose
from webapp.relying.institutions.service import note_use
from webapp.relying.openid import sign_ins
from webapp.relying.openid.provider import TokenValidator
from webapp.relying.openid.rules import Claim, claims_of

_SCHEME: Final = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """An institution that calls, and the person who let it."""

    institution: Institution
    customer_id: int

    @property
    def may_ask_bare(self) -> bool:
        """Whether it may ask for signatures over hashes alone."""
        return Purpose.SIGN_HASHES in self.institution.purposes

    @property
    def may_ask_documents(self) -> bool:
        """Whether it may ask for signatures over documents that are named."""
        return Purpose.SIGN_DOCUMENTS in self.institution.purposes


def find_caller(session: Session, header: str, now: datetime) -> Caller:
    """Return who calls, by the header Authorization.

    Raises:
        TokenError: no token, or one that ended with its sign-in or certificate.
        ScopeError: the token or the person's consent is not for this.
        PurposeError: the institution may ask for no signatures.
    """
    text = header[len(_SCHEME) :].strip()
    is_bearer = header[: len(_SCHEME)].lower() == _SCHEME
    token = TokenValidator().authenticate_token(text) if is_bearer and text else None
    if token is None or token.is_expired() or token.is_revoked():
        raise TokenError
    sign_in = token.sign_in
    consent = sign_ins.find_consent(
        session, sign_in.institution_id, sign_in.customer_id
    )
    granted = consent.claims if consent and consent.ended_at is None else ()
    if Claim.CREDENTIALS not in (claims_of(token.get_scope()) or ()):
        raise ScopeError
    if Claim.CREDENTIALS not in granted:
        raise ScopeError
    institution = session.get_one(Institution, sign_in.institution_id)
    caller = Caller(institution, sign_in.customer_id)
    if not caller.may_ask_bare and not caller.may_ask_documents:
        raise PurposeError
    note_use(institution, now)
    return caller
