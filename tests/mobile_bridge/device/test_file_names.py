"""No certificate can choose where, or over what, it is written."""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_bridge.core.bundle import FILE_NAMES, File, FileRole
from mobile_bridge.device.file_names import MAX_NAME_BYTES, plan

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def certificate(name: str, serial: int = 0x1A2B) -> bytes:
    """Return a certificate whose common name is `name`."""
    kind = NameOID.COMMON_NAME
    subject = x509.Name([x509.NameAttribute(kind, name, _validate=False)])
    issuer = x509.Name([x509.NameAttribute(kind, "CA")])
    builder = x509.CertificateBuilder(issuer, subject, KEY.public_key(), serial)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def folder_of(name: str, serial: int = 0x1A2B) -> str:
    der = certificate(name, serial)
    return plan([File(FileRole.SIGNING_CERTIFICATE, der)]).folder


def is_safe(folder: str) -> bool:
    """Say whether a name is one plain name on every system."""
    parts = unicodedata.normalize("NFKC", folder)
    return (
        PurePosixPath(folder).parts == (folder,)
        and PureWindowsPath(folder).parts == (folder,)
        and not PureWindowsPath(folder).is_reserved()
        and not set(folder) & set('<>:"/\\|?*.')
        and not set(parts) & set("/\\:")
        and folder == folder.strip()
        and all(
            unicodedata.category(sign)[0] in "LMNP" or sign == " " for sign in folder
        )
        and len(folder.encode()) < 143
    )


def test_a_holder_gets_a_folder_of_name_and_serial():
    assert folder_of("김하나(KIM HANA)0000001234") == "김하나 1a2b"
    assert folder_of("Anne-Marie O Neill") == "Anne-Marie O Neill 1a2b"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("../../etc", "______etc 1a2b"),
        ("..", "__ 1a2b"),
        ("a\x00b", "a_b 1a2b"),
        ("C:\\x", "C__x 1a2b"),
        ("CON", "CON 1a2b"),
        ("nul.txt", "nul_txt 1a2b"),
        ("\u202egnp.exe", "_gnp_exe 1a2b"),
        ("name. . ", "name_ _ 1a2b"),
        ("\u3164\u3164", "__ 1a2b"),
        ("(", "certificate 1a2b"),
        ("~root", "_root 1a2b"),
        ("$(id)", "_ 1a2b"),
    ],
)
def test_tricks_become_plain_names(name, folder):
    name_made = folder_of(name)

    assert name_made == folder
    assert is_safe(name_made)


def test_a_long_name_is_cut_between_signs():
    name_made = folder_of("가" * 60, serial=int("7f" * 20, 16))

    assert name_made == "가" * (MAX_NAME_BYTES // 3) + " " + "7f" * 20
    assert is_safe(name_made)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_every_name_becomes_one_plain_name(name):
    assert is_safe(folder_of(name))


def test_files_are_named_by_their_role_and_ca_certificates_by_their_hash():
    der = certificate("김하나")
    files = [File(role, der) for role in FILE_NAMES]
    cas = [File(FileRole.CA, certificate("../x")), File(FileRole.CA, certificate("y"))]
    placed = plan([*files, *cas]).files

    named = set(placed) - set(FILE_NAMES.values())
    assert len(placed) == len(FILE_NAMES) + 2
    assert all(len(name) == len("ca-.der") + 16 for name in named)
    assert all(is_safe(name.removesuffix(".der")) for name in named)
