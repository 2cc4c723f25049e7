"""Odd structures that others published: files of `cryptography-vectors`, in DER."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors

PYCA = Path(cryptography_vectors.__file__).parent


def files_below(folder: str, *, also: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield name and DER of each file in a folder; bytes as they are if not PEM."""
    for path in sorted((PYCA / folder).rglob("*")):
        if path.suffix in {".pem", ".der", ".p7b", ".crt", ".crl", ".eml"} and (
            also in path.name
        ):
            yield path.relative_to(PYCA).as_posix(), _der(path.read_bytes())


def _der(content: bytes) -> bytes:
    """Return what stands in the first PEM block, else the content."""
    try:
        text = content.decode("ascii")
        begin = text.index("-----BEGIN ") + len("-----BEGIN ")
        label = text[begin : text.index("-----", begin)]
        block = text[begin - len("-----BEGIN ") :]
        end = f"-----END {label}-----"
        block = block[: block.index(end) + len(end)]
        return ssl.PEM_cert_to_DER_cert(block.replace(label, "CERTIFICATE"))
    except ValueError:
        return content
