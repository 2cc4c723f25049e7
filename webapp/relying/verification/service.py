"""Verify for whoever asks this centre: its trust, its records, its own process."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from webapp.ca.context import CaContext
from webapp.config import Config
from webapp.relying.verification.isolation import IsolatedVerifier
from webapp.relying.verification.records import own_records, own_trust
from webapp.relying.verification.validation.paths import Trust
from webapp.relying.verification.validation.requests import (
    RefusedInputError,
    VerificationRequest,
    read_certificates,
)
from webapp.relying.verification.validation.verdicts import Report
from webapp.startup_error import StopError


class TrustedRootsError(StopError):
    """The file of roots that an operator named cannot be read."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The verifier of a centre; made once when the application starts."""

    ca: CaContext = field(repr=False)
    more_roots: tuple[bytes, ...] = field(repr=False)
    verifier: IsolatedVerifier

    def verify(
        self, session: Session, request: VerificationRequest, now: datetime
    ) -> Report:
        """Return what is to be said of a request at `now`.

        Raises:
            VerifierBusyError: too many verify at this moment.
        """
        source = own_records(
            session,
            self.ca.authority.issuer_id,
            now,
            services=self.ca.services.certificates,
        )
        return self.verifier.verify(
            request, self._trust(), now=now, status_source=source
        )

    def _trust(self) -> Trust:
        return own_trust(
            self.ca.root_certificate,
            self.ca.issuing_certificate,
            root_crl=self.ca.config.root_crl,
            root_crl_at_start=self.ca.root_crl,
            more_roots=self.more_roots,
        )


def make_verification(ca: CaContext, config: Config) -> Verification:
    """Return the verifier of a centre.

    Raises:
        TrustedRootsError: the operator's file of roots cannot be read.
    """
    return Verification(ca, _more_roots(config.trusted_roots), IsolatedVerifier())


def current_verification() -> Verification:
    """Return the verifier of this application."""
    verification: Verification = current_app.extensions["certferry.verification"]
    return verification


def _more_roots(path: Path | None) -> tuple[bytes, ...]:
    if path is None:
        return ()
    try:
        roots = tuple(read_certificates(path.read_bytes()))
    except (OSError, RefusedInputError):
        roots = ()
    if not roots:
        text = f"CERTFERRY_TRUSTED_ROOTS: {path}: there is no certificate in it"
        raise TrustedRootsError(text)
    return roots
