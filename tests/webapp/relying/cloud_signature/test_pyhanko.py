"""pyHanko's own client of the CSC API has PDFs signed, unread, and others agree."""

import io
import subprocess
import threading
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.support.cloud_signature import (
    access_token,
    approve,
    decline,
    open_requests,
)
from tests.support.openid import Person
from tests.support.pdf_signing import make_pdf
from tests.support.pyhanko_program import PdfProgram
from tests.support.servers import free_port
from webapp import create_app

DEADLINE = 30  # seconds


@pytest.fixture
def config(config):
    """The centre is called what it listens on."""
    return replace(config, public_url=f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def url(app, config):
    """A centre that listens."""
    port = urlsplit(config.public_url).port
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield config.public_url
    server.shutdown()
    thread.join()


@pytest.fixture
def pdf_program(url, bank, person, now):
    return PdfProgram(url, access_token(bank, person, now))


@pytest.fixture
def phone_answers(stored, person, now):
    """Have the phone answer the next request of a program, meanwhile."""
    threads = []

    def start(answer):
        def run():
            with Session(stored.get_bind()) as session:
                end = time.monotonic() + DEADLINE
                while not open_requests(session) and time.monotonic() < end:
                    time.sleep(0.05)
                (request,) = open_requests(session)
                phone = Person(person.client, session, person.key, person.certificate)
                answer(phone, request.id, now)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


@pytest.fixture
def approving(phone_answers):
    phone_answers(approve)


def status_of(pdf, root):
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    return validate_pdf_signature(signature, context)


@pytest.fixture
def root(app):
    ca = app.extensions["certferry.ca"]
    return x509.Certificate.load(ca.root_certificate)


def test_pdf_is_signed_with_the_phone_and_pyhanko_trusts_it(
    pdf_program, approving, root, person
):
    (signed,) = pdf_program.sign([make_pdf()], description="Lease contract")

    status = status_of(signed, root)
    assert (status.valid, status.intact, status.trusted) == (True, True, True)
    assert status.signing_cert.dump() == person.certificate.signed_der


def test_pdfsig_agrees(pdf_program, approving, tmp_path):
    (signed,) = pdf_program.sign([make_pdf()])
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)

    command = ["pdfsig", "-nocert", str(path)]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "Signature is Valid." in output


def test_several_pdfs_are_signed_with_one_approval(pdf_program, approving, root):
    signed = pdf_program.sign([make_pdf(text=f"Page {n}") for n in range(3)])

    assert [status_of(pdf, root).valid for pdf in signed] == [True] * 3


def test_declined_request_signs_nothing(pdf_program, phone_answers):
    phone_answers(decline)

    with pytest.raises(SigningError):
        pdf_program.sign([make_pdf()])
