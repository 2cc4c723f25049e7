"""Phones on the same network reach the centre over TLS from its own root."""

import ipaddress
import ssl
import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from webapp.cli import lan_https

NAMES = ["192.0.2.10", "127.0.0.1", "localhost"]


@pytest.fixture
def instance(demo_template, tmp_path):
    """A folder with the authority of the demo."""
    folder, _ = demo_template
    (tmp_path / "ca").symlink_to(folder / "ca")
    return tmp_path


@pytest.fixture
def files(instance, now):
    return lan_https.write_server_certificate(instance, NAMES, now)


def openssl(*arguments):
    return subprocess.run(
        ["openssl", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    "name",
    [
        ("-verify_ip", "192.0.2.10"),
        ("-verify_ip", "127.0.0.1"),
        ("-verify_hostname", "localhost"),
    ],
)
def test_openssl_accepts_the_certificate_for_each_of_its_names(instance, files, name):
    root = instance / "ca" / "root.crt"

    checked = openssl(
        "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, *name,
        files[0],
    )  # fmt: skip

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    "name", [("-verify_ip", "192.0.2.11"), ("-verify_hostname", "ca.example")]
)
def test_openssl_refuses_it_for_any_other_name(instance, files, name):
    root = instance / "ca" / "root.crt"

    assert openssl("verify", "-CAfile", root, *name, files[0]).returncode != 0


def test_a_browser_that_knows_the_root_shakes_hands(instance, files):
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(*files)
    browser = ssl.create_default_context(cafile=instance / "ca" / "root.crt")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        browser.wrap_bio(back, there, server_hostname="192.0.2.10"),
        server.wrap_bio(there, back, server_side=True),
    ]

    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue

    assert ends[0].version() == "TLSv1.3"
    assert ("IP Address", "192.0.2.10") in ends[0].getpeercert()["subjectAltName"]


def test_the_certificate_is_for_a_server_and_not_for_long(files, now):
    new = x509.load_pem_x509_certificate(files[0].read_bytes())

    def extension(kind):
        return new.extensions.get_extension_for_class(kind).value

    assert not extension(x509.BasicConstraints).ca
    usage = extension(x509.ExtendedKeyUsage)
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    # Browsers refuse more than 398 days.
    assert new.not_valid_after_utc - now <= timedelta(days=398)
    assert new.not_valid_before_utc <= now < new.not_valid_after_utc


def test_each_start_makes_a_key_of_its_own_that_only_the_owner_reads(
    instance, files, now
):
    certificate, key = files
    first = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600

    lan_https.write_server_certificate(instance, NAMES, now)

    new = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert key.read_bytes() != first
    assert load_pem_private_key(key.read_bytes(), None).public_key() == new.public_key()


def test_the_addresses_of_this_machine_are_ones_a_phone_can_reach():
    for address in lan_https.local_addresses():
        ip = ipaddress.ip_address(address)
        assert ip.version == 4
        assert not ip.is_loopback
