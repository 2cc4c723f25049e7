"""`certferry doctor`, `convert` and `passwd`, through the real command."""

import base64
import json
import secrets
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from mobile_bridge.cli.exit_codes import MEANING, Exit, exit_for
from mobile_bridge.cli.file_messages import FILE_MESSAGES
from mobile_bridge.cli.terminal_messages import file_message
from mobile_bridge.device.file_replacement import JOURNAL
from mobile_bridge.languages import translators
from mobile_bridge.npki.errors import TooMuchWorkError
from mobile_bridge.npki.files.archive import write_zip
from mobile_bridge.npki.files.disk_reader import list_holders
from mobile_bridge.npki.files.folder import STAGED_ENDING, TreeFile
from mobile_bridge.npki.files.pem import write_pem
from mobile_bridge.npki.key_file import change_password
from mobile_bridge.npki.sets.opening import open_set
from tests.support.terminals import COMMAND, ROOT, TerminalWindow, clean_environment
from tools.vectors.npki_diagnosis import NUMBER, OTHER_PASSWORD, PASSWORD
from webapp.cli.main import main

VECTORS = json.loads((ROOT / "tests" / "vectors" / "npki_diagnosis.json").read_text())
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}
FIELDS = (
    *("format", "cert", "key_opens", "key_matches_cert", "random_num"),
    *("vid_present", "valid_now", "problems"),
)
DN = "cn=김하나(KIM HANA)0000001234"
NEW = "Other-Horse-77"
# Until when the certificate of the material is valid: the time of a test is real.
UNTIL = VECTORS["cases"][0]["diagnosis"]["cert"]["not_after"]


FOUR_FILES = ("signCert.der", "signPri.key", "kmCert.der", "kmPri.key")


def run(*arguments, give="", **settings):
    """Run a command to its end; return what it left with and wrote."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        env=clean_environment(**settings),
        input=give.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def judged(path, *options, give=PASSWORD, **settings):
    """Return what doctor leaves with, and its JSON."""
    stdin = ["--password-stdin"] if give is not None else []
    code, stdout, _ = run(
        *("doctor", path, "--json", *stdin, *options), give=give or "", **settings
    )
    return code, json.loads(stdout)


@pytest.fixture
def npki(tmp_path):
    """Return a folder NPKI with one holder's set."""
    folder = tmp_path / "NPKI" / "yessign" / "USER" / DN
    folder.mkdir(parents=True)
    (folder / "signCert.der").write_bytes(MATERIAL["hana"])
    (folder / "signPri.key").write_bytes(MATERIAL["hana_A"])
    return tmp_path / "NPKI"


@pytest.fixture
def holder(npki):
    """Return the folder of the holder."""
    return npki / "yessign" / "USER" / DN


def everything(folder):
    """Return all files below a folder with what is in them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_doctor_says_that_all_is_well_and_changes_nothing(npki):
    before = everything(npki)
    code, diagnosis = judged(npki)

    assert code == 0
    assert tuple(diagnosis) == FIELDS
    assert diagnosis["format"] == "npki-A"
    assert diagnosis["cert"]["not_after"] == UNTIL
    assert all(diagnosis[name] is True for name in FIELDS[2:7])
    assert diagnosis["problems"] == []
    assert everything(npki) == before


def test_without_a_password_what_is_not_known_is_null(npki):
    code, diagnosis = judged(npki, give=None)

    assert code == Exit.UNSURE
    assert [diagnosis[name] for name in FIELDS[2:7]] == [None, None, None, True, True]
    assert diagnosis["problems"] == []


@pytest.mark.parametrize("give", [PASSWORD, f"{PASSWORD}\n", f"{PASSWORD}\r\n"])
def test_a_password_is_one_line_with_or_without_its_end(npki, give):
    assert judged(npki, give=give)[0] == 0


def test_a_password_comes_from_the_environment_too(npki):
    assert judged(npki, give=None, CERTFERRY_PASSWORD=PASSWORD)[0] == 0


def test_a_wrong_password_is_false_and_said_in_both_languages(npki):
    code, diagnosis = judged(npki, give="guess")
    assert code == Exit.NOT_SENDABLE
    assert diagnosis["key_opens"] is False
    assert diagnosis["problems"] == ["wrong_password"]

    for locale, words in (("C.UTF-8", "not the password"), ("ko_KR.UTF-8", "비밀번호")):
        _, stdout, _ = run(
            "doctor", npki, "--password-stdin", give="guess", LC_ALL=locale
        )
        assert words in stdout
        assert "wrong_password" in stdout


@pytest.mark.parametrize(
    ("number", "code", "problems"),
    [
        (NUMBER, 0, []),
        ("00001-234-56789", 0, []),
        ("1", 8, ["vid_mismatch"]),
        ("12a", 8, ["bad_identity_number"]),
    ],
)
def test_a_number_fits_the_certificate_or_not(npki, number, code, problems):
    left_with, diagnosis = judged(npki, "--vid", number)

    assert (left_with, diagnosis["problems"]) == (code, problems)
    assert tuple(diagnosis) == FIELDS


def test_the_number_can_be_asked_for_so_that_no_argument_shows_it(npki):
    code, _ = judged(npki, "--vid", "-", give=f"{PASSWORD}\n{NUMBER}\n")

    assert code == 0


def test_several_sets_are_a_list_in_the_order_of_their_paths(npki, tmp_path):
    (tmp_path / "a.p12").write_bytes(MATERIAL["pfx"])
    (tmp_path / "b.p12").write_bytes(b"no p12")

    code, diagnoses = judged(tmp_path)
    assert code == Exit.NOT_SENDABLE
    formats = [diagnosis["format"] for diagnosis in diagnoses]
    assert formats == ["npki-A", "p12-P", None]
    assert diagnoses[2]["problems"] == ["pfx_form"]
    assert {tuple(diagnosis) for diagnosis in diagnoses} == {FIELDS}


@pytest.mark.parametrize(
    ("name", "octets", "format_"),
    [
        ("a.p12", MATERIAL["pfx"], "p12-P"),
        ("all.bin", MATERIAL["pfx"], "p12-P"),
        (
            "usb.zip",
            write_zip(
                [
                    TreeFile("NPKI/x/signCert.der", MATERIAL["hana"]),
                    TreeFile("NPKI/x/signPri.key", MATERIAL["hana_A"]),
                ]
            ),
            "npki-A",
        ),
    ],
)
def test_doctor_takes_one_file_of_each_kind(tmp_path, name, octets, format_):
    (tmp_path / name).write_bytes(octets)

    code, diagnosis = judged(tmp_path / name)
    assert (code, diagnosis["format"]) == (0, format_)


def test_doctor_takes_one_file_of_a_set(holder):
    for name in ("signCert.der", "signPri.key"):
        assert judged(holder / name)[0] == 0


def test_what_is_damaged_beside_a_set_belongs_to_it(holder):
    (holder / "kmCert.der").write_bytes(b"0\x82")

    code, diagnosis = judged(holder)
    assert code == Exit.NOT_SENDABLE
    assert diagnosis["problems"] == ["certificate_form"]
    assert diagnosis["key_opens"] is True


@pytest.mark.parametrize(
    ("name", "octets", "problem"),
    [
        ("nowhere", None, "file_unreadable"),
        ("a.txt", b"mine", "no_certificate"),
        ("a.zip", b"PK\x03\x04", "zip_form"),
        ("a.p12", bytes(140_000), "file_too_large"),
    ],
)
def test_what_holds_no_certificate_says_why_in_the_same_fields(
    tmp_path, name, octets, problem
):
    if octets is not None:
        (tmp_path / name).write_bytes(octets)

    code, diagnosis = judged(tmp_path / name)
    assert code == Exit.NOT_SENDABLE
    assert tuple(diagnosis) == FIELDS
    assert diagnosis == {**dict.fromkeys(FIELDS), "problems": [problem]}


def test_without_a_path_the_known_places_are_named_and_looked_at(npki, tmp_path):
    code, stdout, stderr = run("doctor", HOME=str(tmp_path))
    assert code == Exit.UNSURE
    assert DN in stdout
    assert f"  {npki}\n" in stderr
    assert f"  {tmp_path}/.pki/NPKI  (not there)" in stderr

    shutil.rmtree(npki)
    code, stdout, stderr = run("doctor", HOME=str(tmp_path))
    assert (code, stdout) == (Exit.NOT_SENDABLE, "")
    assert "no_certificate" in stderr


def test_a_person_is_asked_for_the_password_and_may_go_without(npki):
    window = TerminalWindow("doctor", npki)
    window.wait_for("without it")
    window.type(PASSWORD)
    window.wait_for("All is well")
    assert PASSWORD not in window.text
    assert window.leave() == 0

    window = TerminalWindow("doctor", npki)
    window.wait_for("without it")
    window.type("")
    window.wait_for("no password was given")
    assert window.leave() == Exit.UNSURE


def test_no_secret_is_shown_by_doctor(npki):
    for options in ([], ["--json"]):
        _, stdout, stderr = run(
            *("doctor", npki, "--password-stdin", "--vid", NUMBER, *options),
            give=PASSWORD,
        )
        # R of the material is 01 02 ... 14.
        for secret in (PASSWORD, NUMBER, "010203", "AQIDBAUG"):
            assert secret not in stdout + stderr


@pytest.mark.parametrize(
    ("form", "format_", "name"),
    [
        ("npki", "npki-A", None),
        ("NPKI-B", "npki-B", None),
        ("p12", "p12-D", "out.p12"),
        ("p12-older", "p12-P", "out.p12"),
        ("zip", "npki-A", "out.zip"),
        ("pem", "pem-D", "out.pem"),
    ],
)
def test_convert_writes_what_doctor_finds_well_with_r(
    npki, tmp_path, form, format_, name
):
    out = tmp_path / "new" / (name or "NPKI")
    code, stdout, stderr = run(
        *("convert", npki, "--to", form, out, "--password-stdin"), give=PASSWORD
    )

    assert code == 0, stderr
    written = tmp_path / "new" / name if name else out / "yessign" / "USER" / DN
    assert Path(stdout.strip()) == written
    assert judged(written, "--vid", NUMBER) == (
        0,
        {**judged(npki)[1], "format": format_},
    )
    modes = {path.stat().st_mode & 0o777 for path in out.parent.rglob("*.*")} - {0o700}
    assert modes == {0o600}
    assert ("weak" in stderr) is (form == "p12-older")


def test_convert_overwrites_nothing(npki, tmp_path):
    out = tmp_path / "out.p12"
    out.write_bytes(b"mine")
    code, _, stderr = run(
        *("convert", npki, "--to", "p12", out, "--password-stdin"), give=PASSWORD
    )
    assert (code, out.read_bytes()) == (Exit.NOT_STORED, b"mine")
    assert "file_exists" in stderr

    before = everything(npki)
    for form, left_with in (("npki-a", Exit.DONE), ("npki-b", Exit.NOT_STORED)):
        code, _, _ = run(
            *("convert", npki, "--to", form, npki, "--password-stdin"), give=PASSWORD
        )
        assert code == left_with
    assert everything(npki) == before


def test_convert_into_a_folder_names_the_file_by_the_certificate(npki, tmp_path):
    (tmp_path / "usb").mkdir()
    code, stdout, _ = run(
        *("convert", npki, "--to", "pem", tmp_path / "usb", "--password-stdin"),
        give=PASSWORD,
    )

    assert (code, stdout) == (0, f"{tmp_path}/usb/{DN}.pem\n")


def test_convert_gives_another_password_when_asked(npki, tmp_path):
    code, _, _ = run(
        *("convert", npki, "--to", "npki", tmp_path / "out"),
        *("--password-stdin", "--new-password-stdin"),
        give=f"{PASSWORD}\n{NEW}\n",
    )

    assert code == 0
    assert judged(tmp_path / "out", give=NEW)[0] == 0
    assert judged(npki)[0] == 0


def test_convert_locks_a_key_that_opens_with_no_password(npki, holder, tmp_path):
    change_to("", holder / "signPri.key")
    unlocked = ("convert", npki, "--to", "npki", tmp_path / "out", "--password-stdin")

    refused, _, stderr = run(*unlocked, give="\n")
    code, _, _ = run(*unlocked, "--new-password-stdin", give=f"\n{NEW}\n")

    assert refused != 0
    assert "has no password" in stderr
    assert code == 0
    assert judged(tmp_path / "out", give=NEW)[0] == 0


def change_to(password, path):
    """Lock a key file with another password, whatever the rule says of it."""
    key = change_password(
        *(path.read_bytes(), PASSWORD, password), random=secrets.token_bytes
    )
    path.write_bytes(key)


def test_convert_follows_no_link_out_of_the_chosen_folder(npki, tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "yessign").symlink_to(elsewhere)
    code, _, stderr = run(
        *("convert", npki, "--to", "npki", out, "--password-stdin"), give=PASSWORD
    )

    assert code == Exit.NOT_STORED
    assert "path_leads_out" in stderr
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "give", "code", "word"),
    [
        (["--to", "jks"], PASSWORD, Exit.USAGE, "form_unknown"),
        (["--to", "p12"], "guess", Exit.NOT_SENDABLE, "wrong_password"),
    ],
)
def test_a_refused_conversion_leaves_nothing(
    npki, tmp_path, arguments, give, code, word
):
    out = tmp_path / "out"
    left_with, _, stderr = run(
        *("convert", npki, out, "--password-stdin", *arguments), give=give
    )

    assert left_with == code
    assert word in stderr
    assert not out.exists()


LONG = "n" * 300


@pytest.mark.parametrize(
    ("path", "out", "code", "word"),
    [
        ("", "out.p12", Exit.USAGE, "path_empty"),
        ("NPKI", "", Exit.USAGE, "path_empty"),
        ("-", "out.p12", Exit.USAGE, "path_stream"),
        ("NPKI", "-", Exit.USAGE, "path_stream"),
        ("NPKI", LONG, Exit.NOT_STORED, "name_too_long"),
        ("NPKI", f"{LONG}/", Exit.NOT_STORED, "name_too_long"),
        ("NPKI", f"{LONG}/out.p12", Exit.NOT_STORED, "name_too_long"),
        ("NPKI", "new/" * 2000, Exit.NOT_STORED, "name_too_long"),
        (LONG, "out.p12", Exit.NOT_SENDABLE, "path_too_long"),
        ("NPKI", "file/out.p12", Exit.NOT_STORED, "not_kept"),
        ("NPKI", "file/", Exit.NOT_STORED, "not_kept"),
    ],
)
@pytest.mark.parametrize("form", ["p12", "npki-a"])
def test_a_path_that_cannot_be_is_refused_by_its_cause(
    npki, monkeypatch, *, path, out, code, word, form
):
    (npki.parent / "file").write_bytes(b"")
    monkeypatch.chdir(npki.parent)
    before = sorted(npki.parent.rglob("*"))

    done = CliRunner().invoke(
        main,
        ["convert", path, "--to", form, out],
        env={"CERTFERRY_PASSWORD": PASSWORD},
    )

    assert done.exit_code == code, done.output
    assert f"({word})" in done.output
    assert sorted(npki.parent.rglob("*")) == before


@pytest.mark.parametrize("command", ["doctor", "passwd"])
@pytest.mark.parametrize(
    ("path", "word"),
    [("", "path_empty"), ("-", "path_stream"), (LONG, "path_too_long")],
)
def test_every_command_refuses_what_is_no_path(command, path, word):
    done = CliRunner().invoke(main, [command, path], input="")

    assert done.exit_code == exit_for(word)
    assert f"({word})" in done.output


def test_a_folder_that_is_to_be_made_is_named_by_the_stroke_at_its_end(npki, tmp_path):
    code, stdout, _ = run(
        *("convert", npki, "--to", "pem", f"{tmp_path}/usb/new/", "--password-stdin"),
        give=PASSWORD,
    )

    assert (code, stdout) == (0, f"{tmp_path}/usb/new/{DN}.pem\n")


@pytest.fixture
def two_pairs(tmp_path):
    """Return a PEM file with two pairs."""
    path = tmp_path / "two.pem"
    blocks = [("hana_A", "hana"), ("dul_D", "dul")]
    path.write_bytes(
        b"".join(
            write_pem("ENCRYPTED PRIVATE KEY", MATERIAL[key])
            + write_pem("CERTIFICATE", MATERIAL[certificate])
            for key, certificate in blocks
        )
    )
    return path


@pytest.mark.parametrize(("number", "certificate"), [(1, "hana"), (2, "dul")])
def test_a_program_chooses_one_of_two_pairs_by_its_number(
    two_pairs, tmp_path, number, certificate
):
    out = tmp_path / "NPKI"
    code, _, stderr = run(
        *("convert", two_pairs, "--to", "npki-a", out, "--password-stdin"),
        *("--which", number),
        give=PASSWORD,
    )

    assert code == 0, stderr
    assert next(out.rglob("signCert.der")).read_bytes() == MATERIAL[certificate]


def test_two_pairs_are_told_apart_where_they_are_listed(two_pairs, tmp_path):
    code, _, stderr = run(
        *("convert", two_pairs, "--to", "p12", tmp_path / "a.p12", "--password-stdin"),
        give=PASSWORD,
    )

    assert code == Exit.USAGE
    assert "several_certificates" in stderr
    assert "--which" in stderr
    assert "(key 1 in it)" in stderr
    assert "(key 2 in it)" in stderr


def test_a_number_that_is_not_in_the_list_is_refused(two_pairs, tmp_path):
    code, _, stderr = run(
        *("convert", two_pairs, "--to", "p12", tmp_path / "a.p12", "--password-stdin"),
        *("--which", "3"),
        give=PASSWORD,
    )

    assert code == Exit.USAGE
    assert "number_unknown" in stderr


def test_passwd_changes_one_of_two_pairs(two_pairs):
    code, _, stderr = run(
        *("passwd", two_pairs, "--which", "2"),
        *("--password-stdin", "--new-password-stdin"),
        give=f"{PASSWORD}\n{NEW}\n",
    )

    assert code == 0, stderr
    first, second = list_holders(two_pairs).sets
    assert open_set(first, PASSWORD).signing.certificate == MATERIAL["hana"]
    assert open_set(second, NEW).signing.certificate == MATERIAL["dul"]


PFX_CASES = json.loads((ROOT / "tests" / "vectors" / "npki_pfx.json").read_text())
(PLAIN_PFX,) = (
    case for case in PFX_CASES["cases"] if case["what"] == "-keypbe NONE -certpbe NONE"
)


@pytest.mark.parametrize("form", ["p12", "npki-a", "pem"])
@pytest.mark.parametrize(
    ("new", "code", "word"),
    [
        ("", Exit.USAGE, "new_password"),
        ("short", Exit.USAGE, "new_password"),
        (NEW, Exit.DONE, "key_plain"),
    ],
)
def test_a_key_in_the_clear_is_written_under_a_password_that_keeps_to_the_rule(
    tmp_path, form, new, code, word
):
    path, out = tmp_path / "plain.p12", tmp_path / "out" / "made"
    path.write_bytes(base64.b64decode(PLAIN_PFX["file"]))

    left_with, _, stderr = run(
        *("convert", path, "--to", form, out),
        *("--password-stdin", "--new-password-stdin"),
        give=f"{PLAIN_PFX['password']}\n{new}\n",
    )

    assert left_with == code, stderr
    assert word in stderr or word == "key_plain"
    assert out.exists() is (code == Exit.DONE)


def test_of_several_sets_a_program_has_to_name_one_and_a_person_is_asked(
    npki, tmp_path
):
    (tmp_path / "a.p12").write_bytes(MATERIAL["pfx"])
    out = tmp_path / "out.pem"
    code, _, stderr = run(
        *("convert", tmp_path, "--to", "pem", out, "--password-stdin"), give=PASSWORD
    )
    assert code == Exit.USAGE
    assert "several_certificates" in stderr
    assert "a.p12" in stderr

    window = TerminalWindow("convert", tmp_path, "--to", "pem", out)
    window.wait_for("Which one")
    window.type("3")
    window.type("2")
    window.wait_for("Certificate password")
    window.type(PASSWORD)
    window.wait_for("Written and read back")
    assert window.leave() == 0
    assert judged(out)[0] == 0


def test_passwd_changes_the_password_and_nothing_else(npki, holder):
    before = everything(npki)
    code, stdout, stderr = run(
        *("passwd", npki, "--password-stdin", "--new-password-stdin"),
        give=f"{PASSWORD}\n{NEW}\n",
    )

    assert code == 0, stderr
    assert Path(stdout.strip()) == holder / "signPri.key"
    after = everything(npki)
    assert [name for name in after if after[name] != before[name]] == [
        f"yessign/USER/{DN}/signPri.key"
    ]
    assert after.keys() == before.keys()
    assert judged(npki, "--vid", NUMBER, give=NEW)[0] == 0
    assert judged(npki)[1]["problems"] == ["wrong_password"]
    assert (holder / "signPri.key").stat().st_mode & 0o777 == 0o600


def test_passwd_keeps_the_old_file_when_asked(npki, holder):
    code, _, stderr = run(
        *("passwd", npki, "--keep-old", "--password-stdin", "--new-password-stdin"),
        give=f"{PASSWORD}\n{NEW}",
    )

    assert code == 0
    assert (holder / "signPri.key.old").read_bytes() == MATERIAL["hana_A"]
    assert "signPri.key.old" in stderr


@pytest.fixture
def four_files(holder):
    """Return the folder of a set with two keys."""
    (holder / "kmCert.der").write_bytes(MATERIAL["dul"])
    (holder / "kmPri.key").write_bytes(MATERIAL["dul_D"])
    return holder


def interrupted(folder):
    """Change the password of a set of four files until the power fails between two."""
    before = everything(folder)
    run("passwd", folder, give=f"{PASSWORD}\n{NEW}\n")
    after = everything(folder)
    names = [name for name in after if after[name] != before[name]]
    journal = folder / JOURNAL
    journal.mkdir()
    files = []
    for at, name in enumerate(names):
        (journal / str(at)).write_bytes(after[name])
        hashes = [sha256(state[name]).hexdigest() for state in (before, after)]
        files.append(dict(zip(("name", "was", "new"), (name, *hashes), strict=True)))
    (journal / "note.json").write_text(json.dumps({"files": files}))
    (folder / names[-1]).write_bytes(before[names[-1]])
    return names


def test_passwd_finishes_what_was_interrupted_and_doctor_names_it(four_files):
    names = interrupted(four_files)
    assert len(names) == 2
    assert "passwd_unfinished" in judged(four_files)[1]["problems"]

    code, _, stderr = run("passwd", four_files, give=f"{NEW}\n{OTHER_PASSWORD}\n")

    assert code == 0, stderr
    assert "is finished now" in stderr
    assert str(four_files / names[-1]) in stderr
    assert sorted(path.name for path in four_files.iterdir()) == sorted(FOUR_FILES)
    (source,) = list_holders(four_files).sets
    opened = open_set(source, OTHER_PASSWORD)
    assert opened.signing.certificate == MATERIAL["hana"]
    assert opened.management.certificate == MATERIAL["dul"]


def test_passwd_names_what_it_cannot_finish(four_files):
    names = interrupted(four_files)
    (four_files / names[0]).write_bytes(MATERIAL["hana_B"])
    before = everything(four_files)

    code, _, stderr = run("passwd", four_files, give=f"{NEW}\n{OTHER_PASSWORD}\n")

    assert code == Exit.NOT_STORED
    assert "(passwd_left)" in stderr
    assert everything(four_files) == before


def test_passwd_waits_for_what_a_page_began_beside(npki, holder):
    beside = holder.with_name(f"{DN}{STAGED_ENDING}")
    shutil.copytree(holder, beside)
    before = everything(npki)

    for place in (holder, beside):
        code, _, stderr = run("passwd", place, give=f"{PASSWORD}\n{NEW}\n")
        assert code == Exit.NOT_SENDABLE
        assert "(replacement_left)" in stderr
    assert "replacement_left" in judged(holder)[1]["problems"]
    assert everything(npki) == before


def test_passwd_changes_the_file_that_a_link_leads_to(tmp_path):
    path, link = tmp_path / "a.p12", tmp_path / "link.p12"
    path.write_bytes(MATERIAL["pfx"])
    link.symlink_to(path)
    code, _, _ = run("passwd", link, give=f"{PASSWORD}\n{NEW}\n")

    assert code == 0
    assert link.is_symlink()
    assert judged(path, "--vid", NUMBER, give=NEW)[0] == 0


def test_passwd_of_a_p12(tmp_path):
    path = tmp_path / "a.p12"
    path.write_bytes(MATERIAL["pfx"])
    code, _, _ = run("passwd", path, give=f"{PASSWORD}\n{NEW}\n")

    assert code == 0
    assert judged(path, "--vid", NUMBER, give=NEW)[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.p12"]


@pytest.mark.parametrize(
    ("give", "code", "word"),
    [
        (f"guess\n{NEW}\n", Exit.NOT_SENDABLE, "wrong_password"),
        (f"{PASSWORD}\nshort1!\n", Exit.USAGE, "at least 10"),
        (f"{PASSWORD}\nabcdefgh1'!\n", Exit.USAGE, "none of"),
        (f"{PASSWORD}\n", Exit.USAGE, "nobody_answers"),
    ],
)
def test_a_refused_change_leaves_the_files(npki, give, code, word):
    before = everything(npki)
    left_with, _, stderr = run(
        *("passwd", npki, "--password-stdin", "--new-password-stdin"), give=give
    )

    assert left_with == code
    assert word in stderr
    assert everything(npki) == before


def test_what_lies_in_a_zip_is_not_changed_there(tmp_path):
    files = [
        TreeFile("signCert.der", MATERIAL["hana"]),
        TreeFile("signPri.key", MATERIAL["hana_A"]),
    ]
    (tmp_path / "a.zip").write_bytes(write_zip(files))
    code, _, stderr = run("passwd", tmp_path / "a.zip", give=f"{PASSWORD}\n{NEW}\n")

    assert code == Exit.USAGE
    assert "zip_read_only" in stderr


def test_a_person_types_the_new_password_twice(npki):
    window = TerminalWindow("passwd", npki)
    window.wait_for("Certificate password: ")
    window.type(PASSWORD)
    window.wait_for("New certificate password: ")
    window.type("short")
    window.wait_for("at least 10 characters(?s:.*)New certificate password: ")
    window.type(NEW)
    window.wait_for("once more: ")
    window.type(OTHER_PASSWORD)
    window.wait_for("not the same(?s:.*)New certificate password: ")
    window.type(NEW)
    window.wait_for("once more(?s:.*)once more: ")
    window.type(NEW)
    window.wait_for("have the new password")
    assert window.leave() == 0

    assert judged(npki, give=NEW)[0] == 0
    assert NEW not in window.text


def test_every_code_of_a_file_has_a_sentence_in_each_language_and_an_exit():
    codes = {
        *(code for exit_ in MEANING.values() for code in exit_),
        *(code for case in VECTORS["cases"] for code in case["diagnosis"]["problems"]),
    }
    for translator in translators():
        assert all(file_message(code, translator.gettext) for code in codes)
    assert [code for code in FILE_MESSAGES if exit_for(code) is Exit.REFUSED] == []


def test_help_speaks_the_language_of_the_system():
    for command in ("doctor", "convert", "passwd"):
        code, stdout, _ = run(command, "--help", LC_ALL="ko_KR.UTF-8")
        assert code == 0
        assert "사용법" in stdout or "쓰는 법" in stdout
        assert f"certferry {command}" in stdout


def test_a_name_on_the_disk_moves_nothing_on_the_screen(tmp_path):
    folder = tmp_path / "a\x1b[2Jb\u202ec"
    folder.mkdir()
    (folder / "signCert.der").write_bytes(MATERIAL["hana"])

    _, stdout, _ = run("doctor", tmp_path)
    assert "\x1b" not in stdout
    assert "\u202e" not in stdout


def test_a_file_that_takes_too_long_is_a_problem_of_its_own(npki, monkeypatch):
    def take_too_long(_work):
        raise TooMuchWorkError

    monkeypatch.setattr("mobile_bridge.cli.files.doctor.run_isolated", take_too_long)
    done = CliRunner().invoke(
        main, ["doctor", str(npki), "--json"], env={"CERTFERRY_PASSWORD": PASSWORD}
    )

    diagnosis = json.loads(done.stdout)
    assert done.exit_code == Exit.NOT_SENDABLE
    assert diagnosis["key_opens"] is None
    assert diagnosis["problems"] == ["key_work"]
    assert diagnosis["valid_now"] is True
