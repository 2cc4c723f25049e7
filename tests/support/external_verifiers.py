"""Programs we did not write, asked for their opinion on what we issue."""

import json
import subprocess
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.makers import NOON
from webapp.pki.authority import Authority

VERIFIERS = Path(__file__).with_name("verifiers")
# An environment of their own, so that what they need pins nothing of ours.
PYTHON = Path(__file__).parents[2] / ".verifiers" / "bin" / "python"


def openssl(*arguments: str, give: bytes = b"") -> str:
    """Run openssl and return all it says; its exit code is not looked at."""
    done = subprocess.run(
        ["openssl", *arguments],
        input=give,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
        check=False,
    )
    return done.stdout.decode()


def verify(
    folder: Path,
    leaf: x509.Certificate,
    chain: tuple[Authority, Authority],
    lists: tuple[bytes, bytes],
    *options: str,
) -> str:
    """Let openssl verify a leaf at noon; `chain` and `lists` are issuing, root."""
    issuing, root = chain
    for name, certificate in (
        ("leaf", leaf),
        ("issuing", issuing.certificate),
        ("root", root.certificate),
    ):
        (folder / name).write_bytes(certificate.public_bytes(Encoding.PEM))
    pem = b"".join(
        x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists
    )
    (folder / "lists").write_bytes(pem)
    return openssl(
        "verify",
        *("-x509_strict", "-policy_check", "-attime", str(int(NOON.timestamp()) + 60)),
        *("-CAfile", str(folder / "root"), "-untrusted", str(folder / "issuing")),
        *("-CRLfile", str(folder / "lists"), *options, str(folder / "leaf")),
    )


def pinksign(task: str, **inputs: str) -> dict[str, Any]:
    """Let PyPinkSign do one of the tasks of `verifiers/pinksign.py`; bytes are hex."""
    done = subprocess.run(
        [_python(), str(VERIFIERS / "pinksign.py")],
        input=json.dumps({"task": task, **inputs}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _python() -> str:
    assert PYTHON.exists(), "run `make .verifiers/.installed` first"
    return str(PYTHON)
