"""What `certferry convert` writes opens in programs that we did not write, with R."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.external_verifiers import pinksign
from tests.support.page_modules import run
from tests.support.servers import ROOT
from tests.support.terminals import COMMAND, clean_environment
from tools.vectors.npki_diagnosis import PASSWORD, R

VECTORS = json.loads((ROOT / "tests" / "vectors" / "npki_diagnosis.json").read_text())
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return one holder's set in every form, by the name of the form."""
    folder = tmp_path_factory.mktemp("converted")
    for name, label in (("signCert.der", "hana"), ("signPri.key", "hana_A")):
        (folder / name).write_bytes(MATERIAL[label])
    written = {}
    for form in ("npki-a", "npki-b", "p12", "p12-older", "pem"):
        done = subprocess.run(
            [
                *COMMAND,
                "convert",
                str(folder),
                "--to",
                form,
                str(folder / f"out-{form}"),
            ],
            cwd=ROOT,
            env=clean_environment(CERTFERRY_PASSWORD=PASSWORD),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        written[form] = Path(done.stdout.strip())
    return written


@pytest.mark.parametrize("form", ["npki-a", "npki-b"])
def test_pypinksign_opens_a_folder_and_finds_r(
    converted: dict[str, Path], form: str
) -> None:
    folder = converted[form]

    assert folder.parent.parent.name == "yessign"
    assert pinksign(
        "open_key",
        certificate=(folder / "signCert.der").read_bytes().hex(),
        key_file=(folder / "signPri.key").read_bytes().hex(),
        password=PASSWORD,
    ) == {"r": R.hex(), "signs": True}


@pytest.mark.parametrize("form", ["p12", "p12-older"])
def test_pypinksign_openssl_and_java_open_a_p12(
    converted: dict[str, Path], form: str
) -> None:
    path = converted[form]
    opened = pinksign("open_p12", path=str(path), password=PASSWORD)
    printed = run(
        *("openssl", "pkcs12", "-in", path, "-nodes", "-passin", f"pass:{PASSWORD}")
    )

    assert opened["signs"] is True
    assert printed.count(b"BEGIN CERTIFICATE") == 1
    assert printed.count(b"BEGIN PRIVATE KEY") == 1
    if keytool := shutil.which("keytool"):
        entries = run(
            *(keytool, "-list", "-storetype", "PKCS12"),
            *("-keystore", path, "-storepass", PASSWORD),
        )
        assert b"PrivateKeyEntry" in entries


def test_openssl_opens_a_pem_and_key_and_certificate_are_one_pair(
    converted: dict[str, Path],
) -> None:
    path = converted["pem"]
    of_key = run(
        "openssl", "pkey", "-in", path, "-passin", f"pass:{PASSWORD}", "-pubout"
    )
    of_certificate = run("openssl", "x509", "-in", path, "-pubkey", "-noout")

    assert of_key == of_certificate


def test_a_key_store_with_a_secret_beside_its_key_is_left_as_it_is(
    converted: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "store.p12"
    shutil.copy(converted["p12"], path)
    keytool = shutil.which("keytool")
    assert keytool
    run(
        *(keytool, "-genseckey", "-alias", "secret", "-keyalg", "AES"),
        *("-keysize", "256", "-storetype", "PKCS12"),
        *("-keystore", path, "-storepass", PASSWORD),
    )
    before = path.read_bytes()
    done = subprocess.run(
        [*COMMAND, "passwd", str(path)],
        cwd=ROOT,
        env=clean_environment(),
        input=f"{PASSWORD}\nAnother-Horse-8\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode != 0
    assert "pfx_other_entries" in done.stderr
    assert path.read_bytes() == before
