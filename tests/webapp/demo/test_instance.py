"""A demo is made once, whole, and reused after."""

import pytest
from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp import db
from webapp.accounts.models import Customer
from webapp.audit.actors import SYSTEM
from webapp.audit.models import AuditEntry
from webapp.demo import instance
from webapp.pki.authority import load_key
from webapp.pki.errors import WrongPassphraseError

URL = "http://127.0.0.1:8123"


def prepare(folder, now):
    return instance.create_or_open(folder, public_url=URL, pki_url=URL, now=now)


def files_of(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("certferry.db")
    }


@pytest.fixture
def demo_instance(tmp_path, now):
    return prepare(tmp_path / "instance", now)


def test_a_second_start_reuses_everything(tmp_path, demo_instance, now):
    before = files_of(tmp_path / "instance")

    again = prepare(tmp_path / "instance", now)

    assert len(before) == 9
    assert files_of(tmp_path / "instance") == before
    assert again.config == demo_instance.config
    assert demo_instance.password
    assert again.password is None
    engine = db.make_engine(again.config.database_url)
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_nobody_is_said_to_have_registered_themselves(demo_instance):
    engine = db.make_engine(demo_instance.config.database_url)
    registered = select(AuditEntry.actor).where(
        AuditEntry.event == "customer.registered"
    )

    with Session(engine) as session:
        assert session.scalars(registered).all() == [str(SYSTEM)]


def test_the_address_may_change_and_the_authority_stays(tmp_path, demo_instance, now):
    other = "http://127.0.0.1:9000"

    moved = instance.create_or_open(
        tmp_path / "instance", public_url=other, pki_url=other, now=now
    )

    assert moved.config.pki_url == other
    assert moved.config.issuing_certificate == demo_instance.config.issuing_certificate
    assert moved.config.secret_key == demo_instance.config.secret_key


def test_what_an_interrupted_start_left_is_completed(tmp_path, demo_instance, now):
    ca = tmp_path / "instance" / "ca"
    (ca / "issuing.crt").unlink()  # it is written last
    (ca / "root.crl").unlink()

    prepare(tmp_path / "instance", now)

    root = x509.load_pem_x509_certificate((ca / "root.crt").read_bytes())
    issuing = x509.load_pem_x509_certificate((ca / "issuing.crt").read_bytes())
    issuing.verify_directly_issued_by(root)
    listed = x509.load_der_x509_crl((ca / "root.crl").read_bytes())
    assert listed.is_signature_valid(root.public_key())
    key = load_key(
        (ca / "issuing.key").read_bytes(), (ca / "issuing.passphrase").read_bytes()
    )
    assert key.public_key() == issuing.public_key()


@pytest.mark.usefixtures("demo_instance")
def test_only_the_owner_can_read_what_is_secret(tmp_path):
    folder = tmp_path / "instance"

    assert folder.stat().st_mode & 0o777 == 0o700
    for path in files_of(folder):
        assert (folder / path).stat().st_mode & 0o077 == 0, path


@pytest.mark.usefixtures("demo_instance")
def test_each_key_has_a_passphrase_of_its_own(tmp_path):
    ca = tmp_path / "instance" / "ca"
    root, issuing = (
        (ca / f"{name}.passphrase").read_bytes() for name in ("root", "issuing")
    )

    assert len(root) == len(issuing) == 64
    assert root != issuing
    with pytest.raises(WrongPassphraseError):
        load_key((ca / "issuing.key").read_bytes(), root)


def test_two_demos_share_nothing(tmp_path, demo_instance, now):
    other = prepare(tmp_path / "other", now)

    assert other.password != demo_instance.password
    mine, theirs = files_of(tmp_path / "instance"), files_of(tmp_path / "other")
    assert mine.keys() == theirs.keys()
    assert not set(mine.values()) & set(theirs.values())


def test_nobody_can_take_its_authorities_for_real_ones(demo_instance):
    for path in (
        demo_instance.config.root_certificate,
        demo_instance.config.issuing_certificate,
    ):
        subject = x509.load_pem_x509_certificate(path.read_bytes()).subject
        assert "not accredited" in subject.rfc4514_string()


def test_the_password_is_kept_only_as_a_hash(tmp_path, demo_instance):
    whole = b"".join(
        path.read_bytes() for path in (tmp_path / "instance").rglob("*.db*")
    )

    assert b"$argon2id$" in whole
    assert demo_instance.password.encode() not in whole
