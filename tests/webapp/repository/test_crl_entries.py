"""What others see of a change: the revocation list, judged by openssl."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support import revocation
from tests.support.certificate_factory import DAY, CertificateFactory, kst
from tests.support.external_verifiers import openssl
from webapp.pki.crl import ReasonCode
from webapp.repository.crl import current_crl

MINE = {"actor": None}
BEGUN = kst(2027, 3, 5, 12)


def verdict(folder, config, factory, certificate, now):
    """Ask openssl whether a certificate is good at a moment, by the list of then."""
    published = current_crl(factory.session, factory.issuer.authority, now)
    crl = x509.load_der_x509_crl(published.der).public_bytes(Encoding.PEM)
    (folder / "list").write_bytes(crl)
    leaf = x509.load_der_x509_certificate(certificate.der)
    (folder / "leaf").write_bytes(leaf.public_bytes(Encoding.PEM))
    return openssl(
        "verify",
        *("-crl_check", "-attime", str(int(now.timestamp()))),
        *("-CAfile", str(config.root_certificate)),
        *("-untrusted", str(config.issuing_certificate)),
        *("-CRLfile", str(folder / "list"), str(folder / "leaf")),
    )


def test_suspended_is_on_the_next_list_as_a_hold_and_gone_when_resumed(
    app, config, stored, tmp_path, now
):
    factory = CertificateFactory.of(app, stored)
    certificate = factory.issued(now)
    at = now + timedelta(hours=1)
    assert "OK" in verdict(tmp_path, config, factory, certificate, at)

    revocation.suspend(stored, certificate, now=at, **MINE)
    assert "revoked" in verdict(tmp_path, config, factory, certificate, at)
    output = openssl("crl", "-in", str(tmp_path / "list"), "-noout", "-text")
    assert "Certificate Hold" in output

    revocation.resume(stored, certificate, now=at, **MINE)
    assert "OK" in verdict(tmp_path, config, factory, certificate, at)


def test_revoked_is_on_the_next_list_with_its_reason(
    app, config, stored, tmp_path, now
):
    factory = CertificateFactory.of(app, stored)
    certificate = factory.issued(now)
    at = now + timedelta(hours=1)
    verdict(tmp_path, config, factory, certificate, at)

    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, now=at, **MINE
    )

    assert "revoked" in verdict(tmp_path, config, factory, certificate, at)
    output = openssl("crl", "-in", str(tmp_path / "list"), "-noout", "-text")
    assert "Key Compromise" in output


def test_issued_anew_the_old_one_is_on_the_next_list_and_the_new_one_is_good(
    app, config, stored, tmp_path, now
):
    factory = CertificateFactory.of(app, stored)
    old = factory.issued(now)
    at = now + timedelta(hours=1)

    new = factory.reissued(old, at)

    assert "revoked" in verdict(tmp_path, config, factory, old, at)
    assert "OK" in verdict(tmp_path, config, factory, new, at)


def test_what_ran_out_stands_on_one_more_list_and_then_on_none(app, stored):
    factory = CertificateFactory.of(app, stored)
    certificate = factory.issued(BEGUN)
    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, now=BEGUN + DAY, **MINE
    )
    authority = factory.issuer.authority
    days = [certificate.not_after + step * DAY for step in (-1, 1, 2)]

    lists = [current_crl(stored, authority, day).der for day in days]

    serial = int(certificate.serial, 16)
    read = [x509.load_der_x509_crl(der) for der in lists]
    stands = [
        crl.get_revoked_certificate_by_serial_number(serial) is not None for crl in read
    ]
    assert stands == [True, True, False]
