"""Certificate files in the shapes that other programs give them.

Their keys were written by PyPinkSign, node-forge, openssl and keytool, none of which is
ours (`tests/vectors/npki_key_files.json`, `npki_pfx.json`).
"""

import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mobile_bridge.npki.pfx import read_pfx
from tests.support.bridge import vectors

R = bytes(range(1, 21))
_KEYS = vectors("npki_key_files.json")["cases"]
_PFX = vectors("npki_pfx.json")["cases"]
_FOLDER = "NPKI/yessign/USER/cn=hana()00,o=test,c=KR"


@dataclass(frozen=True)
class ForeignFile:
    """What was written, its password, and what must come out in the end.

    `key_file` is the encrypted key as it lies there, None inside of a .p12.
    """

    path: Path
    password: str
    key_file: bytes | None
    private_key_info_sha256: str

    @property
    def paths(self) -> list[Path]:
        """The files that a person chooses."""
        if self.path.is_file():
            return [self.path]
        return sorted(path for path in self.path.rglob("*") if path.is_file())


Writer = Callable[[Path, bytes, bytes], Path]


def _npki(folder: Path, key: bytes, certificate: bytes) -> Path:
    inside = folder / _FOLDER
    inside.mkdir(parents=True)
    (inside / "signCert.der").write_bytes(certificate)
    (inside / "signPri.key").write_bytes(key)
    return folder


def _capitals(folder: Path, key: bytes, certificate: bytes) -> Path:
    folder.mkdir()
    (folder / "SIGNCERT.DER").write_bytes(certificate)
    (folder / "SIGNPRI.KEY").write_bytes(key)
    return folder


def _apart(folder: Path, key: bytes, certificate: bytes) -> Path:
    folder.mkdir()
    (folder / "hana.p8").write_bytes(key)
    (folder / "hana.cer").write_bytes(certificate)
    return folder


def _pem(folder: Path, key: bytes, certificate: bytes) -> Path:
    folder.mkdir()
    path = folder / "hana.pem"
    labels = (("ENCRYPTED PRIVATE KEY", key), ("CERTIFICATE", certificate))
    path.write_text("".join(_block(label, der) for label, der in labels))
    return path


def _zip(folder: Path, key: bytes, certificate: bytes) -> Path:
    folder.mkdir()
    path = folder / "npki.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{_FOLDER}/signCert.der", certificate)
        archive.writestr(f"{_FOLDER}/signPri.key", key)
    return path


def _block(label: str, der: bytes) -> str:
    text = b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


# The program, what it wrote, and how the files lie there: all of them with R.
KEY_SHAPES: dict[str, tuple[str, str, Writer]] = {
    "PyPinkSign, NPKI folder": ("PyPinkSign", "rsa-r", _npki),
    "PyPinkSign, names in capitals": ("PyPinkSign", "rsa-pinksign", _capitals),
    "PyPinkSign, zip": ("PyPinkSign", "rsa-r", _zip),
    "node-forge, AES-128, DER apart": ("node-forge", "rsa aes128", _apart),
    "node-forge, AES-256, PEM": ("node-forge", "rsa aes256", _pem),
    "node-forge, triple DES, NPKI folder": ("node-forge", "rsa 3des", _npki),
}
# PKCS#12 loses R in these programs before any of ours sees it.
PFX_SHAPES = {
    "openssl, .p12": ("openssl", "as it does by itself"),
    "openssl 1, .p12": ("openssl", "-legacy"),
    "keytool, .p12": ("keytool", "as it does by itself"),
}
SHAPES = (*KEY_SHAPES, *PFX_SHAPES)


def write_shape(shape: str, folder: Path) -> ForeignFile:
    """Write the files of a shape into a folder that is not there yet."""
    if shape in PFX_SHAPES:
        case = _case(_PFX, *PFX_SHAPES[shape])
        folder.mkdir()
        path = folder / "hana.p12"
        path.write_bytes(b64decode(case["file"]))
        digest = case["keys"][0]["private_key_info_sha256"]
        return ForeignFile(path, case["password"], None, digest)
    program, contents, write = KEY_SHAPES[shape]
    case = _case(_KEYS, program, contents)
    assert case["random_number"] == R.hex()
    key = b64decode(case["file"])
    return ForeignFile(
        write(folder, key, _certificate()),
        case["password"],
        key,
        case["private_key_info_sha256"],
    )


def is_same_key(file: ForeignFile, private_key_info: bytes) -> bool:
    """Say whether a key is that of the file, byte for byte, and R where it had one."""
    is_whole = sha256(private_key_info).hexdigest() == file.private_key_info_sha256
    return is_whole and (file.key_file is None or R in private_key_info)


def _case(cases: list[dict[str, Any]], program: str, contents: str) -> dict[str, Any]:
    (case,) = (one for one in cases if (one["by"], one["what"]) == (program, contents))
    return case


def _certificate() -> bytes:
    """Return the certificate of the key with R."""
    case = _case(_PFX, "built", "the p12 of Korean programs, with R")
    return read_pfx(b64decode(case["file"]), case["password"]).certificates[0].der
