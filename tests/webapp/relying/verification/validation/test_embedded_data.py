"""What another centre's document brings for the long term (DSS) is enough to judge it.

The documents are pyHanko's, with a root that this centre does not know. Nothing but
that root is given to the verifier, and nothing can be fetched.
"""

import socket
from functools import cache
from io import BytesIO

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from tests.webapp.relying.verification.documents import signed_pdf, stamper_of
from tests.webapp.relying.verification.hierarchy import (
    COMPROMISE,
    DAY,
    HOUR,
    NOON,
    YEAR,
    Hierarchy,
    Party,
    certify,
    crl_of,
    hierarchy,
)
from webapp.relying.verification.validation.paths import Trust
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import (
    Note,
    Reason,
    TimeBasis,
    Verdict,
)
from webapp.relying.verification.validation.verifier import verify

STAMPING = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)


@cache
def other() -> Hierarchy:
    """Return the PKI of a centre that nobody here knows."""
    root = certify("Other root", is_authority=True, ends=NOON + 20 * YEAR)
    authority = certify(
        "Other authority", root, is_authority=True, ends=NOON + 9 * YEAR
    )
    return Hierarchy(root, authority, certify("Other holder", authority))


@cache
def clock() -> Party:
    key = rsa.generate_private_key(65537, 2048)
    ends = NOON + 5 * YEAR
    return certify(
        "Other clock", other().authority, extensions=[STAMPING], key=key, ends=ends
    )


def answer_on(
    party,
    issuer,
    *,
    signer=None,
    revoked_at=None,
    this_update=NOON - HOUR,
    next_update=NOON + DAY,
):
    """Return an OCSP answer in DER; signed by the issuer, or by somebody else."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=party.certificate,
            issuer=issuer.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=this_update,
            next_update=next_update,
            revocation_time=revoked_at,
            revocation_reason=COMPROMISE if revoked_at else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    )
    answer = builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return _produced_at(answer, this_update, (signer or issuer).key)


def _produced_at(answer, moment, key):
    """Return an answer as of that moment: its maker knows the present alone."""
    response = asn1_ocsp.OCSPResponse.load(answer)
    basic = response["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["produced_at"] = moment
    signed = basic["tbs_response_data"].dump(force=True)
    basic["signature"] = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    return asn1_ocsp.OCSPResponse(
        {
            "response_status": "successful",
            "response_bytes": {
                "response_type": "basic_ocsp_response",
                "response": basic,
            },
        }
    ).dump()


def with_store(document, *, certificates=None, crls=(), answers=()):
    """Return a document with a DSS of just this; by itself the chain alone."""
    pki = other()
    ders = (pki.authority.der, pki.root.der) if certificates is None else certificates
    output = BytesIO(document)
    DocumentSecurityStore.add_dss(
        output,
        None,
        certs=[asn1_x509.Certificate.load(one) for one in ders],
        crls=[asn1_crl.CertificateList.load(one) for one in crls],
        ocsps=[asn1_ocsp.OCSPResponse.load(one) for one in answers],
    )
    return output.getvalue()


def report_on(document, *, now=NOON, crls=(), root=None):
    trust = Trust(((root or other().root).der,), (), crls)
    return verify(VerificationRequest(document=document), trust, now=now)


def reasons_on(document, **named):
    return report_on(document, **named).decisive.reasons


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_arguments):
        raise AssertionError("an address was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@cache
def lasting():
    """Return a document as pyHanko makes it last: B-LT with all that it collected."""
    pki = other()
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(pki.root.der)],
        other_certs=[asn1_x509.Certificate.load(pki.authority.der)],
        crls=[crl_of(pki.root), crl_of(pki.authority)],
        ocsps=[answer_on(pki.holder, pki.authority)],
        allow_fetching=False,
        revocation_mode="require",
        moment=NOON,
    )
    return signed_pdf(
        pki.holder,
        pki.authority,
        pki.root,
        stamper=stamper_of(clock(), NOON, pki.authority, pki.root),
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=True,
        validation_context=context,
    )


@cache
def plain():
    """Return a document without any of that."""
    return signed_pdf(other().holder)


def good_lists():
    return crl_of(other().root), crl_of(other().authority)


def test_a_document_that_pyhanko_made_last_is_judged_by_what_it_brings():
    finding = report_on(lasting()).decisive

    assert finding.verdict is Verdict.VALID
    assert (finding.basis, finding.at) == (TimeBasis.TIME_STAMP, NOON)
    assert Note.TIME_STAMPED in finding.notes


def test_it_stays_valid_after_the_revocation_while_its_lists_last():
    pki, later = other(), NOON + 2 * DAY
    revoked = crl_of(
        pki.authority,
        [(pki.holder, NOON + DAY, COMPROMISE)],
        this_update=later - HOUR,
    )

    finding = report_on(lasting(), now=later, crls=(crl_of(pki.root), revoked)).decisive

    assert finding.verdict is Verdict.VALID
    assert finding.basis is TimeBasis.TIME_STAMP


def test_when_its_lists_have_run_out_it_is_valid_no_more():
    report = report_on(lasting(), now=NOON + 40 * DAY)

    assert report.verdict is Verdict.STATUS_UNAVAILABLE
    assert Note.TIME_STAMP_UNTRUSTED in report.decisive.notes


def test_a_root_that_a_document_brings_is_not_trusted():
    assert reasons_on(lasting(), root=hierarchy().root) == (Reason.NO_PATH,)


def test_the_chain_comes_from_the_document():
    complete = with_store(plain(), crls=good_lists())
    without = with_store(plain(), certificates=(), crls=good_lists())

    assert reasons_on(complete) == ()
    assert reasons_on(without) == (Reason.NO_PATH,)


# What stands in the DSS beside the chain: lists and answers, by what is wrong there.
def _lists(*, root=None, authority=None):
    return {"crls": (root or crl_of(other().root), authority or good_lists()[1])}


def _answers(**named):
    root_list = (crl_of(other().root),)
    answer = answer_on(other().holder, other().authority, **named)
    return {"crls": root_list, "answers": (answer,)}


def _stranger(name):
    return certify(name, key=certify("A stranger").key, is_authority=True)


STALE = {"this_update": NOON - 9 * DAY, "next_update": NOON - DAY}
FUTURE = {"this_update": NOON + DAY, "next_update": NOON + 9 * DAY}
BROUGHT = {
    "lists": (_lists, ()),
    "an answer": (_answers, ()),
    "nothing": (dict, (Reason.STATUS_UNKNOWN,)),
    "no list of the root": (
        lambda: {"crls": (crl_of(other().authority),)},
        (Reason.STATUS_UNKNOWN,),
    ),
    "a stale list": (
        lambda: _lists(authority=crl_of(other().authority, **STALE)),
        (Reason.STATUS_STALE,),
    ),
    "a stale list of the root": (
        lambda: _lists(root=crl_of(other().root, **STALE)),
        (Reason.STATUS_STALE,),
    ),
    "a stale answer": (lambda: _answers(**STALE), (Reason.STATUS_STALE,)),
    "a list of tomorrow": (
        lambda: _lists(authority=crl_of(other().authority, **FUTURE)),
        (Reason.STATUS_UNKNOWN,),
    ),
    "a forged list": (
        lambda: _lists(authority=crl_of(_stranger("Other authority"))),
        (Reason.STATUS_UNKNOWN,),
    ),
    "a forged list of the root": (
        lambda: _lists(root=crl_of(_stranger("Other root"))),
        (Reason.STATUS_UNKNOWN,),
    ),
    "a forged answer": (
        lambda: _answers(signer=_stranger("Other authority")),
        (Reason.STATUS_UNKNOWN,),
    ),
    "an answer for another certificate": (
        lambda: {
            "crls": (crl_of(other().root),),
            "answers": (answer_on(clock(), other().authority),),
        },
        (Reason.STATUS_UNKNOWN,),
    ),
    "a list that revokes": (
        lambda: _lists(
            authority=crl_of(
                other().authority, [(other().holder, NOON - DAY, COMPROMISE)]
            )
        ),
        (Reason.CERTIFICATE_REVOKED,),
    ),
    "a list that revokes the authority": (
        lambda: _lists(
            root=crl_of(other().root, [(other().authority, NOON - DAY, COMPROMISE)])
        ),
        (Reason.ISSUER_REVOKED,),
    ),
    "an answer that revokes": (
        lambda: _answers(revoked_at=NOON - DAY),
        (Reason.CERTIFICATE_REVOKED,),
    ),
}


@pytest.mark.parametrize(("bring", "reasons"), BROUGHT.values(), ids=BROUGHT)
def test_what_a_document_brings_decides_and_what_is_stale_or_forged_does_not(
    bring, reasons
):
    assert reasons_on(with_store(plain(), **bring())) == reasons


def test_a_good_answer_in_the_document_does_not_outdo_a_list_that_is_given():
    pki = other()
    document = with_store(plain(), **_answers())
    revoked = crl_of(pki.authority, [(pki.holder, NOON - DAY, COMPROMISE)])

    reasons = reasons_on(document, crls=(crl_of(pki.root), revoked))

    assert reasons == (Reason.CERTIFICATE_REVOKED,)


@pytest.mark.parametrize("name", ["/CRLs", "/OCSPs", "/Certs"])
def test_what_cannot_be_read_in_a_store_is_never_valid(name):
    writer = IncrementalPdfFileWriter(BytesIO(plain()))
    stream = writer.add_object(generic.StreamObject(stream_data=b"0\x80nothing"))
    store = generic.DictionaryObject({pdf_name(name): generic.ArrayObject([stream])})
    writer.root["/DSS"] = writer.add_object(store)
    writer.update_root()
    output = BytesIO()
    writer.write(output)

    report = report_on(output.getvalue())

    assert report.verdict is not Verdict.VALID
    assert report.fault is None or not report.fault.is_own
