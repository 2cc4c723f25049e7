"""The CA certificates that lead from a holder's certificate to its root.

Pure: what lies around comes in. Certificates that sign none of them stay behind.
"""

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from mobile_bridge.core.bundle import MAX_CA_FILES
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import DerError


def build_chain(own: Sequence[bytes], around: Iterable[bytes]) -> list[bytes]:
    """Return the issuers of `own` that are `around`, and theirs, each once; in DER."""
    others = [one for one in around if one not in own]
    chain: list[bytes] = []
    to_lead_on = list(own)
    while to_lead_on and len(chain) < MAX_CA_FILES:
        issued = to_lead_on.pop(0)
        issuer = next((one for one in others if is_issued_by(issued, one)), None)
        if issuer is not None and issuer not in chain:
            chain.append(issuer)
            to_lead_on.append(issuer)
    return chain


def is_issued_by(issued: bytes, issuer: bytes) -> bool:
    """Say whether one certificate is signed by the key of the other."""
    try:
        one, other = map(x509.load_der_x509_certificate, (issued, issuer))
    except ValueError:
        return _is_named_by(issued, issuer)
    try:
        one.verify_directly_issued_by(other)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_named_by(issued: bytes, issuer: bytes) -> bool:
    """Compare names alone: the library reads only strings that keep to their type.

    A receiver trusts no chain that comes along, so nothing hangs on it.
    """
    try:
        return (
            read_certificate(issued).issuer_der == read_certificate(issuer).subject_der
        )
    except DerError:
        return False
