"""What the authority issues is what it prepared, and others can check it."""

import hashlib
import os
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import AuthorityInformationAccessOID
from cryptography.x509.oid import ExtensionOID as Oid

from mobile_bridge.npki.identity import Vid, VidHash, read_vid
from tests.makers import (
    BANK,
    NOON,
    PKI_URL,
    SIGN,
    make_authority,
    make_certificate,
    make_request,
    make_root_authority,
    make_template,
)
from tests.support.external_verifiers import openssl
from webapp.pki.authority import (
    ISSUING_LIFE,
    Authority,
    make_issuing,
    make_root,
    new_serial,
)
from webapp.pki.csr import read_request
from webapp.pki.errors import (
    AuthorityExpiresFirstError,
    IssuerMismatchError,
    KeyMismatchError,
)
from webapp.pki.key_policy import KeyKind
from webapp.pki.profiles import IDENTITY_OID, Profile, Validity

BOTH = pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_2048])
PROFILE = pytest.mark.parametrize("profile", [BANK, SIGN], ids=lambda one: one.id)

KOREA = bytes.fromhex("2a831a")  # 1.2.410


@BOTH
@PROFILE
def test_prepared_bytes_are_those_another_encoder_writes(
    kind: KeyKind, profile: Profile
) -> None:
    authority, template = make_authority(kind), make_template(profile)
    ours = x509.load_der_x509_certificate(authority.sign(authority.prepare(template)))
    builder = (
        x509.CertificateBuilder()
        .subject_name(ours.subject)
        .issuer_name(authority.certificate.subject)
        .public_key(template.public_key)
        .serial_number(template.serial)
        .not_valid_before(template.validity.not_before)
        .not_valid_after(template.validity.not_after)
    )
    for extension in ours.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)

    theirs = builder.sign(authority.key, hashes.SHA256())

    assert authority.prepare(template) == theirs.tbs_certificate_bytes


def test_signed_certificate_is_what_was_stored_before() -> None:
    authority = make_authority()
    stored = authority.prepare(make_template())

    certificate = x509.load_der_x509_certificate(authority.sign(stored))

    assert certificate.tbs_certificate_bytes == stored
    certificate.verify_directly_issued_by(authority.certificate)


@PROFILE
def test_certificate_says_what_the_profile_says(profile: Profile) -> None:
    certificate = make_certificate(profile=profile)

    extensions = {
        extension.oid: (extension.critical, extension.value)
        for extension in certificate.extensions
    }
    policy = x509.PolicyInformation(
        x509.ObjectIdentifier(profile.policy_oid),
        [x509.UserNotice(None, profile.notice)],
    )
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    assert extensions[Oid.BASIC_CONSTRAINTS] == (True, constraints)
    assert extensions[Oid.KEY_USAGE] == (True, profile.key_usage)
    policies = x509.CertificatePolicies([policy])
    assert extensions[Oid.CERTIFICATE_POLICIES] == (False, policies)
    assert {oid for oid, (is_critical, _) in extensions.items() if not is_critical} == {
        Oid.AUTHORITY_KEY_IDENTIFIER,
        Oid.SUBJECT_KEY_IDENTIFIER,
        Oid.SUBJECT_ALTERNATIVE_NAME,
        Oid.CERTIFICATE_POLICIES,
        Oid.CRL_DISTRIBUTION_POINTS,
        Oid.AUTHORITY_INFORMATION_ACCESS,
    }


def test_certificate_leads_to_list_issuer_and_responder() -> None:
    certificate = make_certificate(ocsp_url=f"{PKI_URL}/ocsp")

    text = openssl(
        *("x509", "-inform", "DER", "-noout", "-text"),
        give=certificate.public_bytes(Encoding.DER),
    )

    assert f"URI:{PKI_URL}/issuing.crl" in text
    assert f"CA Issuers - URI:{PKI_URL}/issuing.crt" in text
    assert f"OCSP - URI:{PKI_URL}/ocsp" in text


def test_certificate_names_no_responder_where_there_is_none() -> None:
    access = make_certificate().extensions.get_extension_for_class(
        x509.AuthorityInformationAccess
    )

    methods = [description.access_method for description in access.value]
    assert methods == [AuthorityInformationAccessOID.CA_ISSUERS]


def test_alternative_name_is_the_real_name_under_our_own_arc() -> None:
    names = make_certificate().extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )

    (identity,) = names.value
    assert isinstance(identity, x509.OtherName)
    assert identity.type_id.dotted_string == IDENTITY_OID
    assert identity.value == b"\x30\x0b\x0c\x09" + "김하나".encode()


def test_no_identifier_of_the_accredited_arc_is_used_without_a_vid() -> None:
    certificate = make_certificate(profile=BANK).public_bytes(Encoding.DER)

    assert KOREA not in certificate


def test_a_vid_stands_with_the_real_name_where_readers_of_the_field_look() -> None:
    vid = Vid(VidHash.SHA_256, bytes(range(32)))

    certificate = make_certificate(profile=BANK, vid=vid)

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    (identity,) = names.value
    assert isinstance(identity, x509.OtherName)
    assert identity.type_id.dotted_string == "1.2.410.200004.10.1.1"
    octets = certificate.public_bytes(Encoding.DER)
    assert read_vid(octets) == vid
    assert "김하나".encode() in identity.value
    # The two names of that syntax, and none that says who issued or under what policy.
    assert octets.count(KOREA) == 2


def test_subject_is_the_holder_not_the_request() -> None:
    request = read_request(
        make_request(SIGN.key_kind, asks_for="mallory", asks_to_be_an_authority=True)
    )

    certificate = make_certificate(public_key=request.public_key)

    assert certificate.subject.rfc4514_string().startswith("CN=김하나(KIM HANA)")
    assert b"mallory" not in certificate.public_bytes(Encoding.DER)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert not constraints.value.ca


def test_certificate_carries_the_key_of_the_request() -> None:
    request = read_request(make_request(KeyKind.RSA_2048))

    certificate = make_certificate(profile=BANK, public_key=request.public_key)

    assert certificate.public_key() == load_der_public_key(request.spki)


def test_foreign_bytes_are_not_signed() -> None:
    ours, theirs = make_authority(), make_root_authority()
    foreign = theirs.prepare(make_template())

    for tbs in (foreign, b"", b"hello", ours.prepare(make_template())[:-1]):
        with pytest.raises(IssuerMismatchError):
            ours.sign(tbs)


def test_key_of_another_authority_is_refused() -> None:
    with pytest.raises(KeyMismatchError):
        Authority(make_authority().certificate, make_root_authority().key)


def test_certificate_never_outlives_the_authority() -> None:
    authority = make_authority()
    end = authority.certificate.not_valid_after_utc
    last = Validity(NOON, end)
    one_second_more = Validity(NOON, end + timedelta(seconds=1))

    assert authority.prepare(make_template(validity=last))
    with pytest.raises(AuthorityExpiresFirstError):
        authority.prepare(make_template(validity=one_second_more))


def test_issuing_authority_never_outlives_the_root() -> None:
    with pytest.raises(AuthorityExpiresFirstError):
        make_issuing(
            make_root_authority(),
            NOON + ISSUING_LIFE + timedelta(days=365),
            serial=1,
            crl_url=f"{PKI_URL}/root.crl",
            issuer_url=f"{PKI_URL}/root.crt",
        )


def test_authorities_may_do_no_more_than_they_must() -> None:
    for authority, depth in ((make_root_authority(), 1), (make_authority(), 0)):
        extensions = authority.certificate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints)
        usage = extensions.get_extension_for_class(x509.KeyUsage)

        assert constraints.critical
        assert constraints.value.path_length == depth
        assert usage.critical
        assert usage.value.key_cert_sign
        assert usage.value.crl_sign
        assert not usage.value.digital_signature


@BOTH
def test_issuer_id_is_the_hash_of_the_public_key(kind: KeyKind) -> None:
    authority = make_authority(kind)
    spki = authority.certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )

    assert authority.issuer_id == hashlib.sha256(spki).digest()[:16].hex()


def test_authority_with_rsa_root_works_too() -> None:
    root = make_root(NOON, serial=new_serial(os.urandom), kind=KeyKind.RSA_2048)

    root.certificate.verify_directly_issued_by(root.certificate)
    assert root.certificate.signature_hash_algorithm == hashes.SHA256()


@pytest.mark.parametrize("bits", [b"\x00" * 16, b"\xff" * 16])
def test_serial_is_positive_and_always_34_digits(bits: bytes) -> None:
    serial = new_serial(lambda size: bits[:size])

    assert f"{serial:x}" == "10" + bits.hex()
    assert serial.bit_length() <= 159


def test_serials_take_their_chance_from_outside() -> None:
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    assert len({new_serial(random) for _ in range(100)}) == 100
    assert set(asked) == {16}
