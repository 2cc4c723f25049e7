"""What a stored certificate says about its own key, and the page's true address.

The signed bytes and their check are in `webapp.pki.key_proof`.
"""

from urllib.parse import urlsplit

from cryptography import x509

from webapp.certificates.models import Certificate

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def public_key(certificate: Certificate) -> object:
    """Return the key of a signed certificate."""
    return x509.load_der_x509_certificate(certificate.signed_der).public_key()


def origin_of(host_url: str, public_url: str) -> str:
    """Return the origin that a page of ours has in the browser that opened it.

    Never what a request merely claims: a page that passes our challenge on would name
    its own host. Only a computer that talks to itself may use another of its names.
    """
    asked = host_url.rstrip("/")
    both = (urlsplit(asked).hostname, urlsplit(public_url).hostname)
    if all(host in _LOOPBACK for host in both):
        return asked
    return public_url
