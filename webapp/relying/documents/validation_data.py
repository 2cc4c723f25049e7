"""What is known here of our certificates, for a document that is to last."""

from flask import current_app

from webapp.ca.context import current_ca
from webapp.ca.material import read_crl
from webapp.clock import utc_now
from webapp.db import session
from webapp.pki.crl import crl_der
from webapp.relying.documents.completion import ValidationData
from webapp.repository.crl import current_crl
from webapp.web.security import run_in_thread


def collect_validation_data() -> ValidationData:
    """Return chain and revocation lists of what we issue; asked of nobody outside.

    A list that has to be made is stored: call it outside of a unit of work.
    """
    ca = current_ca()
    newest = current_crl(
        session(),
        ca.authority,
        utc_now(),
        newest_crl=current_app.extensions["certferry.newest_crl"],
        run=run_in_thread,
    )
    return ValidationData(
        certificates=(ca.issuing_certificate, ca.root_certificate),
        crls=(newest.der, _root_crl()),
    )


def _root_crl() -> bytes:
    ca = current_ca()
    try:  # it is signed anew while the centre runs
        return crl_der(read_crl(ca.config.root_crl))
    except (OSError, ValueError):  # half written, or gone
        return ca.root_crl
