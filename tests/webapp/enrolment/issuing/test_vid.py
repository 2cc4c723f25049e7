"""What is issued proves its holder's number, and R is forgotten where it was opened."""

import base64
import gc
import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.type.char import PrintableString
from pyasn1.type.namedtype import NamedType, NamedTypes
from pyasn1.type.univ import BitString, Sequence
from sqlalchemy import select, update

from mobile_bridge.npki.identity import VidHash, compute_vid, matches_vid, read_vid
from mobile_bridge.npki.identity_seal import make_seal_key, seal_random_number
from tests.makers import make_authority, make_request
from tests.support.certificate_factory import CertificateFactory, R
from tests.webapp.test_logging_config import written_forms
from webapp import create_app, logging_config
from webapp.accounts.models import Customer
from webapp.ca.identity_key import identity_key
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

P_256 = KeyKind.P_256
IDENTIFY_DATA = "1.2.410.200004.10.1.1"


def vid_by_another_reader(certificate: bytes) -> tuple[str, bytes]:
    """Return real name and VID as pyasn1 finds them, by no code of ours."""
    issued = x509.load_der_x509_certificate(certificate)
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    (other,) = names.value.get_values_for_type(x509.OtherName)
    assert other.type_id.dotted_string == IDENTIFY_DATA
    data, rest = decode(other.value)
    assert rest == b""
    identifier, vid = data[1][0][0], data[1][0][1]
    assert str(identifier) == f"{IDENTIFY_DATA}.1"
    assert str(vid[0][0]) == "2.16.840.1.101.3.4.2.1"
    return str(data[0]), bytes(vid[1])


def vid_by_another_encoder(number: str, random_number: bytes) -> bytes:
    fields = NamedTypes(
        NamedType("idn", PrintableString()), NamedType("randomNum", BitString())
    )
    content = Sequence(componentType=fields)
    content["idn"] = number
    content["randomNum"] = BitString.fromOctetString(random_number)
    return hashlib.sha256(hashlib.sha256(encode(content)).digest()).digest()


@pytest.mark.parametrize(
    "type_id", ["personal-bank", "personal-sign", "personal-general", "demo-20-days"]
)
def test_a_personal_certificate_carries_the_vid_of_the_customer_number(
    app, customer, stored, type_id
):
    kind = app.extensions["certferry.ca"].types[type_id].profile.key_kind
    request = make_request(key=new_key(kind))

    answer = customer.order(customer.walk(type_id=type_id), request)

    assert answer.status_code == 201, answer.text
    person = stored.scalar(select(Customer))
    name, vid = vid_by_another_reader(answer.data)
    assert name == person.name
    assert vid == vid_by_another_encoder(person.number, R)
    assert matches_vid(read_vid(answer.data), person.number, R)
    assert not matches_vid(read_vid(answer.data), person.number, R[::-1])


def test_what_is_issued_again_and_renewed_carries_the_vid_of_its_own_r(
    app, stored, now
):
    factory = CertificateFactory.of(app, stored)
    first = factory.issued(now)

    reissued = factory.reissued(first, now)
    renewed = factory.renewed(reissued, reissued.not_after - timedelta(days=20))

    number = factory.customer.number
    expected = compute_vid(number, R, VidHash.SHA_256)
    for certificate in (first, reissued, renewed):
        assert read_vid(certificate.signed_der).digest == expected


def test_a_request_without_r_is_refused_and_nothing_is_used_up(customer, stored):
    application, request = customer.walk(), make_request(key=new_key(P_256))

    answer = customer.order(application, request, sealed="")

    assert (answer.status_code, answer.json["code"]) == (422, "random_number_missing")
    assert answer.json["next"]
    assert stored.scalar(select(Certificate)) is None
    assert customer.order(application, request).status_code == 201


def test_what_waited_since_before_there_was_a_vid_is_issued_without_one(
    customer, stored
):
    application = customer.walk()
    stored.execute(update(Application).values(vid_required=False))
    stored.commit()

    answer = customer.order(application, make_request(key=new_key(P_256)), sealed="")

    assert answer.status_code == 201
    assert read_vid(answer.data) is None
    page = customer.open(answer.headers["Location"]).text
    assert "data-no-vid" in page


def test_r_of_a_page_that_was_open_since_before_is_certified_all_the_same(
    customer, stored
):
    application = customer.walk()
    stored.execute(update(Application).values(vid_required=False))
    stored.commit()

    answer = customer.order(application, make_request(key=new_key(P_256)))

    assert read_vid(answer.data) is not None
    assert "data-no-vid" not in customer.open(answer.headers["Location"]).text


def test_r_sealed_to_another_key_is_told_apart(customer):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    sealed = seal_random_number(
        make_seal_key(bytes(32)).public,
        R,
        request=request,
        application_id=application,
    )

    answer = customer.order(
        application, request, sealed=base64.b64encode(sealed).decode()
    )

    assert (answer.status_code, answer.json["code"]) == (409, "random_number_outdated")


def _flipped(sealed: str) -> str:
    octets = bytearray(base64.b64decode(sealed))
    octets[-1] ^= 1
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_flipped, id="damaged"),
        pytest.param(lambda sealed: sealed[:-4], id="cut"),
        pytest.param(lambda sealed: sealed + "AAAA", id="longer"),
        pytest.param(lambda sealed: "AAAA", id="short"),
        pytest.param(lambda sealed: "not base64!", id="no base64"),
        pytest.param(lambda sealed: R.hex(), id="R itself"),
        pytest.param(lambda sealed: "\xff" * 40, id="no ASCII"),
    ],
)
def test_a_sealed_r_that_does_not_open_is_refused_and_nothing_is_used_up(
    customer, stored, change
):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    sealed = customer.seal(application, request)

    answer = customer.order(application, request, sealed=change(sealed))

    assert answer.status_code == 400
    assert answer.json["code"] == "random_number_unreadable"
    assert stored.scalar(select(Certificate)) is None
    assert customer.order(application, request).status_code == 201


@pytest.mark.parametrize("place", ["request", "application"])
def test_a_sealed_r_opens_in_no_other_request_and_no_other_application(customer, place):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    if place == "request":
        sealed = customer.seal(application, make_request(key=new_key(P_256)))
    else:
        page = customer.open(f"/applications/{application}/keep").text
        public = base64.b64decode(page.split('data-identity-key="')[1].split('"')[0])
        other = seal_random_number(public, R, request=request, application_id="other")
        sealed = base64.b64encode(other).decode()

    answer = customer.order(application, request, sealed=sealed)

    assert answer.json["code"] == "random_number_unreadable"


def test_a_repeated_order_gets_the_same_certificate_whatever_is_sealed(customer):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    sealed = customer.seal(application, request)
    first = customer.order(application, request, sealed=sealed)

    assert customer.order(application, request, sealed=sealed).data == first.data
    assert customer.order(application, request, sealed="").data == first.data


def test_a_restart_keeps_the_key_and_another_ca_has_another(app, config):
    ca = app.extensions["certferry.ca"]

    again = create_app(config).extensions["certferry.ca"]

    assert again.identity_key.public == ca.identity_key.public
    assert identity_key(make_authority()).id != ca.identity_key.id
    assert identity_key(make_authority(KeyKind.RSA_2048)).id != ca.identity_key.id


@pytest.fixture
def _log_to_stdout():
    """The log as a centre writes it."""
    logging_config.configure()
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_log_to_stdout")
def test_r_is_in_no_object_no_line_and_no_file_after_issuing(config, customer, capsys):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    sealed, masked = _seal_unseen(customer, application, request)
    control = [secrets.token_bytes(20)]  # what is held is found

    answer = customer.order(application, request, sealed=sealed)
    refused = customer.order(application, request, sealed=sealed, key="z" * 16)

    assert (answer.status_code, refused.status_code) == (201, 409)
    assert not _is_held(masked)
    assert _is_held(_masked(control[0]))
    r = _masked(masked)
    printed = capsys.readouterr()
    lines = (printed.out + printed.err).encode()
    assert b"refused" in lines
    folder = Path(config.database_url.removeprefix("sqlite:///")).parent
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(answer.data in octets for octets in files)
    for octets in (lines, *files, answer.data, refused.data):
        for spelling in written_forms(r):
            assert spelling.encode() not in octets
        assert r not in octets
        assert sealed.encode() not in octets


def _seal_unseen(customer, application, request):
    """Return a new R sealed, and R masked: nothing here holds R itself."""
    r = secrets.token_bytes(20)
    return customer.seal(application, request, r), _masked(r)


def _masked(octets: bytes) -> bytes:
    return bytes(octet ^ 0x5A for octet in octets)


def _is_held(masked: bytes) -> bool:
    """Say whether any object that Python tracks refers to the bytes behind a mask."""
    gc.collect()
    return any(
        len(held) == len(masked) and _masked(held) == masked
        for container in gc.get_objects()
        for held in gc.get_referents(container)
        if type(held) is bytes
    )
