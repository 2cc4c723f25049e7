"""Judges of what people take home: openssl, and modules of ours run apart."""

import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from playwright.sync_api import Page, expect

from tests.e2e.page_steps import PASSWORD

OPEN_KEY = Path(__file__).with_name("open_key.mjs")


def openssl(*words: object) -> str:
    """Run openssl and return what it printed."""
    done = subprocess.run(
        ["openssl", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def save_p12(page: Page, path: Path, password: str = PASSWORD) -> Path:
    """Fill in the open dialog and save the file."""
    page.fill("#export-password", password)
    with page.expect_download(timeout=20_000) as saved:
        page.click("#export-go")
    saved.value.save_as(path)
    close_export(page)
    return path


def close_export(page: Page) -> None:
    """Wait until the dialog says what was saved, and close it."""
    expect(page.locator("#export-done")).to_be_visible(timeout=20_000)
    page.click("#export-finish")
    expect(page.locator("#export")).to_be_hidden()


def open_p12(path: Path, password: str = PASSWORD) -> str:
    """Return what openssl finds in a PKCS#12 file, the key open."""
    return openssl("pkcs12", "-in", path, "-passin", f"pass:{password}", "-nodes")


def check_chain(url: str, pem: str, folder: Path) -> None:
    """The key belongs to the certificate, and its chain and list are in order."""
    own = folder / "own.pem"
    own.write_text(pem, "utf-8")
    assert openssl("x509", "-in", own, "-noout", "-pubkey") == openssl(
        "pkey", "-in", own, "-pubout"
    )
    for name in ("root.crt", "issuing.crt"):
        der = _fetch(f"{url}/pki/{name}", folder / name)
        openssl("x509", "-inform", "DER", "-in", der, "-out", folder / f"{name}.pem")
    for name in ("root.crl", "issuing.crl"):
        der = _fetch(f"{url}/pki/{name}", folder / name)
        openssl("crl", "-inform", "DER", "-in", der, "-out", folder / f"{name}.pem")
    output = openssl(
        "verify",
        "-crl_check_all",
        "-CAfile",
        folder / "root.crt.pem",
        "-untrusted",
        folder / "issuing.crt.pem",
        "-CRLfile",
        folder / "issuing.crl.pem",
        "-CRLfile",
        folder / "root.crl.pem",
        own,
    )
    assert output.strip().endswith("OK")


def _fetch(url: str, path: Path) -> Path:
    with urllib.request.urlopen(url) as answer:
        path.write_bytes(answer.read())
    return path


@dataclass(frozen=True)
class OpenKey:
    """What is inside a kept key once its password is given."""

    pkcs8: bytes
    random_number: bytes

    def private_parts(self) -> list[bytes]:
        """Return the secret numbers, big-endian."""
        key = load_der_private_key(self.pkcs8, None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return [key.private_numbers().private_value.to_bytes(32, "big")]
        assert isinstance(key, rsa.RSAPrivateKey)
        secret = key.private_numbers()
        return [
            number.to_bytes((number.bit_length() + 7) // 8, "big")
            for number in (secret.d, secret.p, secret.q)
        ]


def open_key(encrypted: bytes, password: str = PASSWORD) -> OpenKey:
    """Open a key as the browser keeps it."""
    done = subprocess.run(
        ["node", OPEN_KEY, password], input=encrypted, capture_output=True, check=True
    )
    return OpenKey(*map(bytes.fromhex, done.stdout.decode().split()))
