"""What is in a file says its bytes, however they are wrapped."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from mobile_bridge.npki.files.file_contents import (
    MAX_CERTIFICATES,
    Contents,
    is_encrypted_key,
    read_contents,
)
from mobile_bridge.npki.files.pem import MAX_BLOCKS, PemKind, read_pem, write_pem

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_folders.json").read_text("utf-8")
)
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}
HANA, KEY = MATERIAL["hana"], MATERIAL["hana_key"]
PFX = Path(__file__).parents[3] / "interop" / "pfx"


@pytest.mark.parametrize("path", sorted(PFX.glob("*.p12")), ids=lambda path: path.stem)
def test_a_p12_of_each_program_is_known_without_its_name(path):
    assert read_contents(path.read_bytes()) == Contents(is_pfx=True)


def test_a_key_in_the_clear_is_told_from_an_encrypted_one():
    (plain,) = read_contents(MATERIAL["hana_plain"]).keys

    assert not is_encrypted_key(plain)
    assert is_encrypted_key(*read_contents(KEY).keys)
    assert not is_encrypted_key(b"")


def test_what_openssl_writes_as_pem_is_read(tmp_path):
    (tmp_path / "in.der").write_bytes(HANA)
    (tmp_path / "key.der").write_bytes(KEY)
    commands = (
        ["x509", "-inform", "DER", "-in", "in.der", "-text"],
        [
            *("pkcs8", "-inform", "DER", "-in", "key.der", "-topk8"),
            *("-passin", f"pass:{VECTORS['password']}", "-passout", "pass:Horse-2"),
        ],
    )
    written = b"".join(
        subprocess.run(
            ["openssl", *command], cwd=tmp_path, capture_output=True, check=True
        ).stdout
        for command in commands
    )

    contents = read_contents(written)
    assert contents.certificates == (HANA,)
    assert [is_encrypted_key(key) for key in contents.keys] == [True]


def test_a_damaged_block_is_left_out_and_the_others_stay():
    good = write_pem("CERTIFICATE", HANA)
    damaged = good.replace(b"MII", b"M!I", 1)
    unended = good.replace(b"-----END CERTIFICATE-----", b"")

    assert read_contents(damaged + good).certificates == (HANA,)
    assert read_contents(unended).certificates == ()
    assert read_contents(good.replace(b"END CERT", b"END X509 CERT")) == Contents()


def test_a_key_that_openssl_encrypted_in_its_own_way_is_none_in_the_clear():
    block = write_pem("RSA PRIVATE KEY", b"\x30\x00")
    text = block.replace(b"-----\n", b"-----\nProc-Type: 4,ENCRYPTED\n\n", 1)

    (one,) = read_pem(text)
    assert (one.kind, one.is_locked) == (PemKind.OTHER_KEY, True)
    assert read_contents(text) == Contents(has_openssl_key=True)
    assert read_contents(block).keys == (b"\x30\x00",)


@pytest.mark.parametrize(
    "octets",
    [b"", b"0", b"0\x00", b"0\x80", b"-----BEGIN ", b"PK\x03\x04", b"\x00" * 100]
    + [HANA[:length] for length in range(1, len(HANA), 37)]
    + [KEY[:length] for length in range(1, len(KEY), 37)],
    ids=str,
)
def test_what_is_damaged_or_of_another_kind_holds_nothing(octets):
    assert read_contents(octets) == Contents()


def test_a_file_of_many_is_read_up_to_a_bound():
    assert len(read_contents(HANA * 100).certificates) == MAX_CERTIFICATES
    assert len(read_pem(write_pem("CERTIFICATE", HANA) * 100)) == MAX_BLOCKS
