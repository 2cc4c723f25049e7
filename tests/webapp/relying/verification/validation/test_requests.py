"""What was chosen is told apart by its bytes, in any order."""

import pytest

from tests.webapp.relying.verification.documents import TEXT, cms, plain_pdf
from tests.webapp.relying.verification.hierarchy import armoured, hierarchy
from webapp.relying.verification.errors import NoFileError, NoSignatureError
from webapp.relying.verification.validation.requests import (
    RefusedInputError,
    kind_of,
    read_certificates,
    request_for_files,
)
from webapp.relying.verification.validation.verdicts import Kind


@pytest.fixture
def signature(tmp_path):
    return cms(tmp_path, TEXT, hierarchy().holder)


def test_kinds_are_told_by_their_bytes(signature):
    holder = hierarchy().holder.der

    assert kind_of(holder) is Kind.CERTIFICATE
    assert kind_of(armoured(holder)) is Kind.CERTIFICATE
    assert kind_of(signature) is Kind.CMS
    assert kind_of(armoured(signature, "PKCS7")) is Kind.CMS
    assert kind_of(plain_pdf()) is Kind.PDF
    assert kind_of(TEXT) is Kind.UNKNOWN


def test_of_two_files_the_signature_is_found_in_any_order(signature):
    for files in ([TEXT, signature], [signature, TEXT]):
        request = request_for_files(files)
        assert (request.document, request.signature) == (TEXT, signature)


def test_of_two_signatures_the_smaller_one_signs_the_other(tmp_path, signature):
    document = cms(tmp_path, TEXT * 100, hierarchy().holder, detached=False)

    request = request_for_files([document, signature])

    assert (request.document, request.signature) == (document, signature)


def test_none_more_than_two_or_no_signature_among_two_are_refused():
    with pytest.raises(NoFileError):
        request_for_files([])
    with pytest.raises(NoFileError):
        request_for_files([TEXT] * 3)
    with pytest.raises(NoSignatureError):
        request_for_files([TEXT, plain_pdf()])


def test_all_certificates_of_a_pem_file_are_read_and_nothing_else_in_it():
    pki = hierarchy()
    content = pki.holder.key_pem + pki.root.pem + pki.authority.pem

    assert list(read_certificates(content)) == [pki.root.der, pki.authority.der]


def test_what_is_no_certificate_is_refused():
    with pytest.raises(RefusedInputError):
        list(read_certificates(TEXT))
