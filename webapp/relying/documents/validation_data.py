"""What is known here of our certificates, for a document that is to last."""

from datetime import datetime

from cryptography import x509
from flask import current_app

from webapp.ca.context import CaContext, current_ca
from webapp.ca.material import read_crl
from webapp.db import session
from webapp.pki.crl import crl_der
from webapp.relying.documents.completion import ValidationData
from webapp.repository.crl_publisher import CrlPublisher
from webapp.repository.ocsp.responder import ocsp_response_for


def collect_validation_data(
    *certificates: x509.Certificate, now: datetime
) -> ValidationData:
    """Return chain, revocation lists, and an OCSP answer on each of the certificates.

    Asked of nobody outside; what others issued has no answer here. A list that has to
    be made is stored: call it outside of a unit of work.

    Raises:
        ListBehindError: somebody has put an older database in place.
        ServiceSignerError: there is no key to sign an answer with.
    """
    ca = current_ca()
    publisher: CrlPublisher = current_app.extensions["certferry.crl_publisher"]
    revoked = publisher.full(session(), now).der
    own = [
        one for one in certificates if one.issuer == ca.authority.certificate.subject
    ]
    return ValidationData(
        certificates=(ca.issuing_certificate, ca.root_certificate),
        crls=(revoked, _root_crl(ca)),
        ocsp_responses=tuple(
            ocsp_response_for(session(), one, ca=ca, now=now) for one in own
        ),
    )


def _root_crl(ca: CaContext) -> bytes:
    try:  # it is signed anew while the centre runs
        return crl_der(read_crl(ca.config.root_crl))
    except (OSError, ValueError):  # half written, or gone
        return ca.root_crl
