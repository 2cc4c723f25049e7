"""The order, the request and the certificate as the vectors have them."""

import json
from dataclasses import asdict

import pytest

from mobile_bridge.core.order import (
    CentreRefusal,
    IssuedCertificate,
    KeyRequest,
    check_issued,
    pack_answer,
    pack_request,
    public_key_in,
    read_order,
    unpack_answer,
    unpack_request,
    write_order,
)
from mobile_bridge.errors import ForeignCertificateError, ProtocolError
from mobile_bridge.pki.certificate import read_certificate
from tests.support.bridge import octets
from tests.support.issuing import (
    ISSUING,
    sample_issued,
    sample_order,
    sample_request,
)


def named(case: dict[str, str]) -> str:
    return case["what"]


@pytest.mark.parametrize("case", ISSUING["good_orders"], ids=named)
def test_an_order_is_read(case):
    order = read_order(case["order"].encode())

    assert asdict(order) == json.loads(case["order"])
    assert read_order(write_order(order)) == order


@pytest.mark.parametrize("case", ISSUING["refused_orders"], ids=named)
def test_an_order_is_refused(case):
    with pytest.raises(ProtocolError):
        read_order(case["order"].encode(errors="surrogatepass"))


@pytest.mark.parametrize("case", ISSUING["good_requests"])
def test_a_request_is_read_and_written(case):
    request = KeyRequest(
        case["idempotency_key"], octets(case, "request"), octets(case, "sealed")
    )

    assert unpack_request(octets(case, "content")) == request
    assert pack_request(request) == octets(case, "content")


@pytest.mark.parametrize("case", ISSUING["refused_requests"], ids=named)
def test_a_request_is_refused(case):
    with pytest.raises(ProtocolError):
        unpack_request(octets(case, "content"))


def test_the_largest_request_fits_into_one_block():
    largest = ISSUING["good_requests"][-1]

    assert len(octets(largest, "content")) + 4096 <= 8192 - 4


def test_an_answer_is_read_and_written():
    content = octets(ISSUING, "issued")
    refusal = ISSUING["refusal"]

    assert unpack_answer(content) == sample_issued()
    assert pack_answer(sample_issued()) == content
    assert unpack_answer(octets(refusal, "content")) == CentreRefusal(refusal["code"])


@pytest.mark.parametrize("case", ISSUING["refused_answers"], ids=named)
def test_an_answer_is_refused(case):
    with pytest.raises(ProtocolError):
        unpack_answer(octets(case, "content"))


def test_the_certificate_for_the_request_is_what_was_ordered():
    request, issued = sample_request(), sample_issued()

    check_issued(sample_order(), request.request, issued)

    own = read_certificate(issued.certificate)
    assert public_key_in(request.request) == own.spki


@pytest.mark.parametrize("case", ISSUING["foreign"], ids=named)
def test_another_certificate_is_not_kept(case):
    order, issued = (
        read_order(case["order"].encode()),
        unpack_answer(octets(case, "content")),
    )
    assert isinstance(issued, IssuedCertificate)

    with pytest.raises(ForeignCertificateError) as caught:
        check_issued(order, sample_request().request, issued)

    assert caught.value.code == "foreign_certificate"


def test_what_the_other_side_would_refuse_is_never_sent():
    with pytest.raises(ProtocolError):
        pack_request(KeyRequest("short", sample_request().request))
    with pytest.raises(ProtocolError):
        pack_answer(IssuedCertificate(sample_issued().certificate, ()))
    with pytest.raises(ProtocolError):
        pack_answer(CentreRefusal("A sentence."))
