"""What can be sent is one pair that its password opens; nothing else leaves."""

import os
import shutil
from threading import Thread

import pytest

from mobile_bridge.core.bundle import FileRole, unpack
from mobile_bridge.errors import BundleError
from mobile_bridge.npki.errors import (
    MismatchError,
    PfxError,
    SourceError,
    UnknownKeyError,
    UnreadableError,
    WrongPasswordError,
)
from mobile_bridge.npki.files.archive import write_zip
from mobile_bridge.npki.files.folder import TreeFile
from mobile_bridge.npki.files.pem import write_pem
from mobile_bridge.npki.pfx import encrypted_keys
from mobile_bridge.npki.sets.key_files import (
    SeveralError,
    delete,
    locate,
    locate_all,
    open_keys,
)
from tests.support.page_modules import PASSWORD, write_with_page
from tests.support.terminals import holder, page_files

__all__ = ["holder", "page_files"]


def sent(path, password=PASSWORD):
    """Return what would be sent, by role."""
    files = unpack(open_keys(locate(path), password))
    return {file.role: file.content for file in files}


@pytest.mark.parametrize("name", [".", "signCert.der", "signPri.key"])
def test_a_folder_and_each_of_its_files_stand_for_the_set(holder, name):
    assert sent(holder / name) == {
        FileRole.SIGNING_CERTIFICATE: (holder / "signCert.der").read_bytes(),
        FileRole.SIGNING_KEY: (holder / "signPri.key").read_bytes(),
        FileRole.CA: (holder / "ca.der").read_bytes(),
    }


def test_a_p12_gives_the_same_certificate_and_its_own_key(page_files):
    files = sent(page_files / "set.p12")

    assert (
        files[FileRole.SIGNING_CERTIFICATE]
        == (page_files / "signCert.der").read_bytes()
    )
    assert [files[FileRole.SIGNING_KEY]] == encrypted_keys(
        (page_files / "set.p12").read_bytes()
    )
    assert files[FileRole.CA] == (page_files / "ca.der").read_bytes()


def test_the_management_pair_goes_along(holder):
    for here, there in (("signCert.der", "kmCert.der"), ("signPri.key", "kmPri.key")):
        shutil.copy(holder / here, holder / there)

    assert {FileRole.MANAGEMENT_CERTIFICATE, FileRole.MANAGEMENT_KEY} < set(
        sent(holder)
    )


def test_only_certificates_that_lead_on_go_along(holder, tmp_path):
    (tmp_path / "other").mkdir()
    foreign = write_with_page("p-256", tmp_path / "other") / "ca.der"
    shutil.copy(foreign, holder / "foreign.crt")
    (holder / "broken.der").write_bytes(b"0\x82")
    (holder / "notes.txt").write_text("mine")

    assert sent(holder)[FileRole.CA] == (holder / "ca.der").read_bytes()


@pytest.mark.parametrize("password", ["", "guess", f"{PASSWORD} "])
@pytest.mark.parametrize("name", ["holder", "set.p12"])
def test_another_password_opens_nothing(holder, page_files, name, password):
    path = holder if name == "holder" else page_files / name

    with pytest.raises(WrongPasswordError):
        sent(path, password)


def test_another_certificate_is_not_sent_with_this_key(holder):
    shutil.copy(holder / "ca.der", holder / "signCert.der")

    with pytest.raises(MismatchError):
        sent(holder)


def test_half_a_pair_is_none(holder):
    (holder / "kmCert.der").write_bytes((holder / "signCert.der").read_bytes())
    with pytest.raises(SourceError):
        locate(holder)
    (holder / "kmCert.der").unlink()
    (holder / "signPri.key").unlink()
    with pytest.raises(SourceError):
        locate(holder)


def test_a_key_in_the_clear_is_never_sent(holder, page_files):
    shutil.copy(page_files / "plain.der", holder / "signPri.key")

    with pytest.raises(BundleError):
        locate(holder)


def test_a_key_locked_in_another_way_is_not_called_a_wrong_password(holder):
    aes_256, seed = "60864801650304012a", "2a831a8c9a44010401"
    key = (holder / "signPri.key").read_bytes().hex()
    (holder / "signPri.key").write_bytes(bytes.fromhex(key.replace(aes_256, seed)))

    with pytest.raises(UnknownKeyError):
        sent(holder)


def test_what_is_not_there_or_too_large_is_said(tmp_path, holder):
    with pytest.raises(UnreadableError):
        locate(tmp_path / "nowhere")
    with pytest.raises(UnreadableError):
        locate(tmp_path / "nowhere.p12")
    (holder / "signPri.key").write_bytes(bytes(20_000))
    with pytest.raises(UnreadableError):
        locate(holder)


@pytest.mark.parametrize("name", ["signPri.key", "other.der", "set.p12"])
def test_a_pipe_is_not_waited_for(holder, name):
    (holder / name).unlink(missing_ok=True)
    os.mkfifo(holder / name)
    outcomes = []

    def look():
        try:
            outcomes.append(locate(holder / "set.p12" if name == "set.p12" else holder))
        except UnreadableError as error:
            outcomes.append(error)

    aside = Thread(target=look, daemon=True)
    aside.start()
    aside.join(5)

    assert len(outcomes) == 1
    assert isinstance(outcomes[0], UnreadableError) is (name != "other.der")


def test_a_pfx_cut_anywhere_is_refused(page_files):
    whole = (page_files / "set.p12").read_bytes()
    for length in range(0, len(whole), 7):
        with pytest.raises(PfxError):
            encrypted_keys(whole[:length])


def test_a_pfx_with_one_byte_changed_gives_a_key_or_a_refusal(page_files):
    whole = (page_files / "set.p12").read_bytes()
    for at in range(0, len(whole), 3):
        changed = whole[:at] + bytes([whole[at] ^ 0x85]) + whole[at + 1 :]
        try:
            assert all(isinstance(key, bytes) for key in encrypted_keys(changed))
        except (PfxError, UnknownKeyError):
            continue


def test_moving_deletes_what_was_read_and_an_empty_folder(holder):
    source = locate(holder)

    assert delete(source) == []
    assert not holder.exists()


def test_what_has_changed_since_stays(holder):
    source = locate(holder)
    (holder / "signPri.key").write_bytes(b"newer")

    assert delete(source) == [holder / "signPri.key"]
    assert [path.name for path in holder.iterdir()] == ["signPri.key"]


def test_a_link_and_what_it_leads_to_stay(holder, tmp_path):
    source = locate(holder)
    shutil.move(holder / "signPri.key", tmp_path / "elsewhere.key")
    (holder / "signPri.key").symlink_to(tmp_path / "elsewhere.key")

    assert delete(source) == [holder / "signPri.key"]
    assert (holder / "signPri.key").is_symlink()
    assert (tmp_path / "elsewhere.key").exists()


def zipped(holder, *names):
    """Return a zip of files of a holder's folder."""
    return write_zip(
        TreeFile(f"a/{name}", (holder / name).read_bytes()) for name in names
    )


def test_a_zip_and_a_pem_send_the_same_as_the_folder(holder, tmp_path):
    names = ("signCert.der", "signPri.key", "ca.der")
    (tmp_path / "set.zip").write_bytes(zipped(holder, *names))
    blocks = {"signPri.key": "ENCRYPTED PRIVATE KEY"}
    pem = b"".join(
        write_pem(blocks.get(name, "CERTIFICATE"), (holder / name).read_bytes())
        for name in names
    )
    (tmp_path / "set.pem").write_bytes(pem)

    assert sent(tmp_path / "set.zip") == sent(tmp_path / "set.pem") == sent(holder)


def test_a_key_of_another_name_finds_its_certificate_when_it_is_open(holder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    write_with_page("p-256", other)
    pair = tmp_path / "pair"
    pair.mkdir()
    shutil.copy(other / "signCert.der", pair / "1.cer")
    shutil.copy(holder / "signCert.der", pair / "2.cer")
    shutil.copy(holder / "signPri.key", pair / "3.key")

    source = locate(pair)
    assert (
        unpack(open_keys(source, PASSWORD))[0].content
        == (holder / "signCert.der").read_bytes()
    )


def test_of_a_tree_with_several_one_has_to_be_meant(holder, page_files, tmp_path):
    shutil.copy(page_files / "set.p12", tmp_path / "set.p12")

    with pytest.raises(SeveralError):
        locate(tmp_path)
    assert [one.source.path for one in locate_all(tmp_path)] == [
        str(holder),
        str(tmp_path / "set.p12"),
    ]
    (holder / "signPri.key").unlink()
    assert locate(tmp_path).source.path == str(tmp_path / "set.p12")


def test_who_names_a_holders_folder_means_its_set_whatever_lies_beside(
    holder, page_files
):
    shutil.copy(page_files / "set.p12", holder / "set.p12")

    assert locate(holder).source.path == str(holder)


def test_what_lies_in_a_zip_or_p12_is_not_moved_and_a_pair_is(
    holder, page_files, tmp_path
):
    (tmp_path / "set.zip").write_bytes(zipped(holder, "signCert.der", "signPri.key"))
    pair = tmp_path / "pair"
    pair.mkdir()
    shutil.copy(holder / "signCert.der", pair / "a.cer")
    shutil.copy(holder / "signPri.key", pair / "a.key")
    (pair / "notes.txt").write_text("mine")

    assert (
        locate(tmp_path / "set.zip").read == locate(page_files / "set.p12").read == ()
    )
    source = locate(pair)
    assert [path.name for path, _ in source.read] == ["a.cer", "a.key"]
    assert delete(source) == []
    assert [path.name for path in pair.iterdir()] == ["notes.txt"]


def test_a_certificate_of_somebody_else_beside_is_not_moved(holder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(write_with_page("p-256", other) / "ca.der", holder / "foreign.crt")

    read = {path.name for path, _ in locate(holder).read}
    assert read == {"signCert.der", "signPri.key", "ca.der"}
