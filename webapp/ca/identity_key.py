"""The issuing CA's key for R: only the CA opens what a browser seals to it.

It follows from the CA's own private key, so that every worker has the same one, a
restart changes nothing, and a new key of the CA brings a new one.
"""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mobile_bridge.npki.identity_seal import SEED_BYTES, SealKey, make_seal_key
from webapp.pki.authority import Authority
from webapp.pki.ca_key import AuthorityKey

# Another generation makes another key: for the day on which this one is not trusted.
GENERATION: Final = 1
_PURPOSE: Final = "certferry key for random numbers"


def identity_key(authority: Authority) -> SealKey:
    """Return the key to which browsers seal R for an authority."""
    info = f"{_PURPOSE} {GENERATION} {authority.issuer_id}".encode()
    derivation = HKDF(hashes.SHA256(), length=SEED_BYTES, salt=None, info=info)
    return make_seal_key(derivation.derive(_secret_of(authority.key)))


def _secret_of(key: AuthorityKey) -> bytes:
    """Return the number that makes a private key, whatever file it came from."""
    if isinstance(key, rsa.RSAPrivateKey):
        number = key.private_numbers().d
    else:
        number = key.private_numbers().private_value
    return number.to_bytes((number.bit_length() + 7) // 8)
