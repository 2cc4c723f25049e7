"""`certferry ocsp`, asked by programs that know only the standards."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from tests.deploy.centre import BARE, ROOT, settings
from tests.support import revocation
from tests.support.certificate_factory import CertificateFactory
from tests.support.external_verifiers import openssl
from tests.support.servers import free_port, wait_for_page
from webapp import create_app
from webapp.ca.material import load_ca_material
from webapp.clock import utc_now
from webapp.pki.crl import ReasonCode


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def centre(config, port):
    """A centre whose responder runs as an operator starts it."""
    url = f"http://127.0.0.1:{port}"
    config = replace(config, demo=False, pki_url=url)
    app = create_app(config)
    command = [*(sys.executable, "-m", "webapp", "ocsp", "--port", str(port))]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=BARE | settings(config, CERTFERRY_PKI_URL=url),
    )
    try:
        wait_for_page(f"{url}/ocsp")
        with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
            yield config, CertificateFactory.of(app, session)
    finally:
        process.terminate()
        process.wait(30)


def pem_file(folder: Path, certificate: x509.Certificate) -> str:
    path = folder / f"{certificate.serial_number:x}.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return str(path)


def issued_at(folder, row):
    return pem_file(folder, x509.load_der_x509_certificate(row.signed_der))


def test_openssl_and_gnutls_believe_what_it_says_and_hear_of_a_revocation(
    centre, port, tmp_path
):
    config, factory = centre
    url = f"http://127.0.0.1:{port}/ocsp"
    issuer = pem_file(tmp_path, load_ca_material(config).issuing.certificate)
    row = factory.issued(utc_now())
    leaf = issued_at(tmp_path, row)

    def by_openssl(*options):
        return openssl(
            *("ocsp", "-issuer", issuer, *options, "-cert", leaf, "-url", url),
            *("-CAfile", str(config.root_certificate), "-verify_other", issuer),
        )

    def by_gnutls():
        done = subprocess.run(
            [
                *("ocsptool", f"--ask={url}", "--load-cert", leaf),
                *("--load-issuer", issuer, "--load-trust", issuer),
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.stdout + done.stderr

    for options in ((), ("-no_nonce",), ("-sha256", "-no_nonce")):
        report = by_openssl(*options)
        assert "Response verify OK" in report
        assert f"{leaf}: good" in report
    report = by_gnutls()
    assert "Certificate Status: good" in report
    assert "Verifying OCSP Response: Success" in report

    revocation.revoke(
        factory.session,
        row,
        reason=ReasonCode.KEY_COMPROMISE,
        actor=None,
        now=utc_now(),
    )

    # Longer than the responder goes without a look, and less than a second.
    assert _soon(lambda: f"{leaf}: revoked" in by_openssl("-no_nonce"))
    assert "keyCompromise" in by_openssl()
    assert "Certificate Status: revoked" in by_gnutls()


def test_what_was_never_issued_is_unknown_to_openssl(centre, port, tmp_path):
    config, _ = centre
    issuer = pem_file(tmp_path, load_ca_material(config).issuing.certificate)

    report = openssl(
        *("ocsp", "-issuer", issuer, "-serial", "0x1234", "-no_nonce"),
        *("-url", f"http://127.0.0.1:{port}/ocsp"),
        *("-CAfile", str(config.root_certificate), "-verify_other", issuer),
    )

    assert "Response verify OK" in report
    assert "0x1234: unknown" in report


def _soon(is_so):
    """Ask again until it is so, as often as may be in about a second."""
    return any(is_so() for _ in range(100))
