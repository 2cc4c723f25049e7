"""The CA certificates that lead from a holder's certificate to its root.

Pure: what lies around comes in. Certificates that sign none of them stay behind.
"""

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from mobile_bridge.bundle import MAX_CA_FILES


def chain_of(
    own: Sequence[x509.Certificate], around: Iterable[x509.Certificate]
) -> list[x509.Certificate]:
    """Return the issuers of `own` that are `around`, and theirs, each once."""
    others = [one for one in around if one not in own]
    chain: list[x509.Certificate] = []
    to_lead_on = list(own)
    while to_lead_on and len(chain) < MAX_CA_FILES:
        issued = to_lead_on.pop(0)
        issuer = next((one for one in others if is_issued_by(issued, one)), None)
        if issuer is not None and issuer not in chain:
            chain.append(issuer)
            to_lead_on.append(issuer)
    return chain


def is_issued_by(issued: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether one certificate is signed by the key of the other."""
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
