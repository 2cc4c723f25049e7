"""Let real phones on the same network in: addresses of this machine, TLS from our CA.

Camera and WebCrypto work only in a secure context, so a phone needs HTTPS.
"""

import ipaddress
import secrets
import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from webapp.demo.instance import SERVER_CERTIFICATE, SERVER_KEY, load_root
from webapp.pki.tls_certificate import make_server_certificate
from webapp.private_file import replace_private

VALIDITY = timedelta(days=90)


def local_addresses() -> list[str]:
    """Return this machine's IPv4 addresses, the one phones see first."""
    addresses: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it picks the interface that
            # leads outside. 192.0.2.1 is a documentation address (RFC 5737).
            probe.connect(("192.0.2.1", 9))
            addresses.append(probe.getsockname()[0])
        except OSError:
            pass
    try:
        own = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        own = []
    addresses += [str(entry[4][0]) for entry in own]
    unique = dict.fromkeys(addresses)
    return [one for one in unique if not ipaddress.ip_address(one).is_loopback]


def write_server_certificate(
    instance: Path, names: list[str], now: datetime
) -> tuple[Path, Path]:
    """Make a server certificate for `names` and return its file and its key's file.

    It is made anew at each start: the addresses of a laptop change.
    """
    root = load_root(instance)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = make_server_certificate(
        root,
        key.public_key(),
        names=names,
        serial=secrets.randbits(127),
        not_before=now - timedelta(minutes=5),
        not_after=now + VALIDITY,
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate_file, key_file = instance / SERVER_CERTIFICATE, instance / SERVER_KEY
    replace_private(key_file, pem)
    replace_private(certificate_file, certificate.public_bytes(Encoding.PEM))
    return certificate_file, key_file
