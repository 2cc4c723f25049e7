"""Documents are signed in the page; the key stays there, and others judge it."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.e2e.files import open_key, openssl, save_p12
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import PASSWORD, kept_in
from tests.e2e.test_blind_relay import traces
from tests.support.pdf_signing import make_pdf

TEXT = "계약서 2026년 3월 5일"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A PDF of two pages."""
    path = tmp_path / "contract.pdf"
    path.write_bytes(make_pdf(2))
    return path


@pytest.fixture
def root(tmp_path: Path, centre) -> Path:
    """The centre's root, as PEM."""
    der = tmp_path / "root.crt"
    command = ["curl", "-sf", "-o", str(der), f"{centre.url}/pki/root.crt"]
    subprocess.run(command, check=True)
    pem = tmp_path / "root.pem"
    openssl("x509", "-inform", "DER", "-in", der, "-out", pem)
    return pem


def choose(page: Page, path: Path) -> None:
    """Open the page and choose a document."""
    page.goto("/sign")
    expect(page.locator("#sign-go")).to_be_enabled()
    page.set_input_files("#document-input", path)
    expect(page.locator("#document")).to_be_visible()


def sign(page: Page) -> None:
    """Type the password of the one certificate that is chosen, and sign."""
    page.fill("#key-password", PASSWORD)
    page.click("#sign-go")
    expect(page.locator("#signed h2")).to_have_text(
        korean("It is signed"), timeout=30_000
    )


def save(page: Page, path: Path) -> Path:
    """Save what was signed."""
    with page.expect_download() as saved:
        page.click("#save-signed")
    saved.value.save_as(path)
    return path


def pdfsig(path: Path, root: Path, folder: Path) -> str:
    """Return what poppler says, with the centre's root trusted."""
    database = folder / "nss"
    database.mkdir()
    options = ("-d", f"sql:{database}")
    create = ["certutil", "-N", "--empty-password", *options]
    trust = ["certutil", "-A", *options, "-n", "root", "-t", "CT,C,C", "-i", str(root)]
    for command in (create, trust):
        subprocess.run(command, check=True, capture_output=True)
    command = ["pdfsig", "-nssdir", f"sql:{database}", str(path)]
    return subprocess.run(command, capture_output=True, check=False).stdout.decode()


def test_pdf_is_signed_with_a_key_that_never_left_the_browser(
    sender, contract, root, tmp_path
):
    sent: list[bytes] = []
    sender.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    choose(sender, contract)
    sign(sender)

    signed = save(sender, tmp_path / "signed.pdf")

    assert signed.read_bytes().startswith(contract.read_bytes())
    text = pdfsig(signed, root, tmp_path)
    assert "Signature Validation: Signature is Valid." in text
    assert "Certificate Validation: Certificate is Trusted." in text
    (holding,) = kept_in(sender)
    parts = open_key(holding["encryptedKey"]).private_parts()
    secrets = {
        "password": PASSWORD.encode(),
        "locked key": holding["encryptedKey"],
        **{f"number {i}": part for i, part in enumerate(parts)},
    }
    bodies = b"".join(sent)
    assert contract.read_bytes() in bodies  # the document did travel: the search works
    assert traces(secrets, bodies) == []


def test_name_is_seen_where_it_was_wanted(sender, contract, tmp_path):
    choose(sender, contract)
    sender.select_option("#corner", "top-left")
    sender.fill("#page-number", "1")
    sign(sender)

    signed = save(sender, tmp_path / "signed.pdf")

    command = ["pdftotext", "-f", "1", "-l", "1", str(signed), "-"]
    first = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "김하나" in first
    with signed.open("rb") as file:
        signatures = PdfFileReader(file).embedded_regular_signatures
        rectangle = [float(one) for one in signatures[0].sig_field["/Rect"]]
    assert rectangle[0] < 100
    assert rectangle[1] > 700


def test_two_people_sign_one_pdf(sender, contract, tmp_path, root):
    choose(sender, contract)
    sign(sender)
    once = save(sender, tmp_path / "once.pdf")
    choose(sender, once)
    sign(sender)

    twice = save(sender, tmp_path / "twice.pdf")

    text = pdfsig(twice, root, tmp_path)
    assert text.count("Signature Validation: Signature is Valid.") == 2


def test_text_is_signed_and_leaves_the_browser_in_no_way(sender, root, tmp_path):
    sent: list[str] = []
    sender.on("request", lambda request: sent.append(request.url))
    sender.goto("/sign")
    sender.click("#write-text")
    sender.fill("#text-input", TEXT)
    sender.click("#text-form button")
    expect(sender.locator("#preview pre")).to_have_text(TEXT)
    sign(sender)

    signature = save(sender, tmp_path / "text.p7s")

    document = tmp_path / "text"
    document.write_text(TEXT, "utf-8")
    verdict = openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades"),
        *("-in", signature, "-content", document, "-CAfile", root),
        *("-out", tmp_path / "verified"),
    )
    assert "CAdES Verification successful" in verdict
    assert any(url.endswith("/tsa") for url in sent)
    assert not any("/sign/pdf" in url for url in sent)


def test_key_from_a_file_signs_in_a_browser_that_keeps_none(
    devices, sender, contract, tmp_path
):
    sender.goto("/wallet")
    sender.locator(".certificate .actions button").first.click()
    file = save_p12(sender, tmp_path / "key.p12")
    stranger = devices.computer()
    choose(stranger, contract)
    stranger.set_input_files("#key-file", file)
    sign(stranger)

    signed = save(stranger, tmp_path / "signed.pdf")

    assert b"/DSS" in signed.read_bytes()


def test_wrong_password_is_said_and_nothing_is_sent(sender, contract):
    choose(sender, contract)
    sent: list[str] = []
    sender.on("request", lambda request: sent.append(request.url))
    sender.fill("#key-password", "Not-The-Password-1")
    sender.click("#sign-go")

    expect(sender.locator("#sign-refused")).to_be_visible()
    assert not any("/sign/pdf" in url for url in sent)


def test_pdf_that_cannot_carry_a_signature_is_refused_with_the_way_out(
    sender, tmp_path
):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(make_pdf()[:500])
    choose(sender, broken)
    sender.fill("#key-password", PASSWORD)
    sender.click("#sign-go")
    refusal = sender.locator("#sign-refused")
    expect(refusal).to_contain_text(
        korean("This PDF is damaged, or made in an unusual way."), timeout=20_000
    )

    sender.check("[name=way][value=file]", force=True)
    sender.click("#sign-go")

    expect(sender.locator("#signed h2")).to_have_text(korean("It is signed"))


def test_without_the_authority_the_signature_is_there_all_the_same(sender, contract):
    sender.route("**/sign/pdf/complete", lambda route: route.abort())
    choose(sender, contract)
    sign(sender)

    expect(sender.locator("#signed .notice")).to_contain_text(
        korean("The signature is good, but the centre could not add its time stamp:")
    )
    expect(sender.locator("#save-signed")).to_be_visible()


def test_answer_that_changed_the_document_is_not_signed(sender, contract):
    def swap(route):
        response = route.fetch()
        body = response.body().replace(b"Contract, page 1", b"Contract, page 9")
        route.fulfill(response=response, body=body)

    sender.route("**/sign/pdf/prepare", swap)
    choose(sender, contract)
    sender.fill("#key-password", PASSWORD)
    sender.click("#sign-go")

    expect(sender.locator("#sign-refused")).to_contain_text(
        korean(
            "What the centre made ready is not the document that you chose. "
            "Nothing was signed."
        ),
        timeout=20_000,
    )


def test_wallet_leads_there_with_its_certificate_chosen(sender):
    sender.goto("/wallet")
    sender.locator("a[href^='/sign#with=']").click()

    expect(sender.locator("#sign-title")).to_be_visible()
    expect(sender.locator("#kept input")).to_be_checked()
