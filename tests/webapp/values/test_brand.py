"""A centre has the operator's name, contact, logo and colour, each looked at first."""

import struct
import zlib
from dataclasses import replace

import pytest

from tests.webapp.browser_client import Browser
from tests.webapp.config.test_config import read, refused
from webapp import create_app
from webapp.values.brand import (
    AA,
    Brand,
    BrandError,
    contrast,
    read_colour,
    read_logo,
    read_name,
    read_notice,
    read_phone,
)

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
    '<circle cx="20" cy="20" r="18" fill="#008485"/></svg>'
)
BANK = Brand(
    name={"ko": "은하은행", "en": "Eunha Bank"},
    address={"ko": "서울시 중구 은하로 1", "en": "1 Eunha-ro, Seoul"},
    phone="1588-0000",
    hours={"ko": "평일 9시~16시", "en": "Weekdays 9 to 16"},
    logo=read_logo(LOGO.encode()),
    palette=read_colour("#ffcc00"),
    privacy={"ko": "# 수집하는 것\n이름과 생년월일\n\n3년 동안 보관해요."},
)


def chunk(kind, body=b""):
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def png(width=64, height=32):
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", b"\0"), chunk(b"IEND")]
    )


@pytest.fixture
def bank(config):
    """A visitor of a centre that has all of it."""
    return Browser(create_app(replace(config, brand=BANK)).test_client())


@pytest.mark.parametrize(
    "given", ["#ffcc00", "#0a4bb5", "#000000", "#ffffff", "#008485", "#e60012"]
)
def test_any_colour_becomes_readable_on_light_and_on_dark_pages(given):
    palette = read_colour(given)

    pages = {"light": ("#ffffff", "#f4f6f9"), "dark": ("#1a1f27", "#101319")}
    for tones, papers in zip(
        (palette.light, palette.dark), pages.values(), strict=True
    ):
        for paper in (*papers, tones.press_soft):
            assert contrast(tones.press, paper) >= AA
        for press in (tones.press, tones.press_over):
            assert contrast(press, tones.on_press) >= AA
    assert (palette.changes == "") == (
        palette.light.press == palette.dark.press == given
    )


@pytest.mark.parametrize("text", ["blue", "#fff", "#12345g", "0a4bb5", "#0a4bb5;}"])
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(BrandError):
        read_colour(text)


@pytest.mark.parametrize(
    "text", ["", "   ", "…", "a" * 41, "은하\u202e은행", "은하\u200b은행", "a\nb\x00"]
)
def test_a_name_that_is_not_shown_as_written_is_refused(text):
    with pytest.raises(BrandError):
        read_name(text)


@pytest.mark.parametrize("text", ["12", "call us", "javascript:1", "1588-0000 ext"])
def test_a_number_that_nobody_can_dial_is_refused(text):
    with pytest.raises(BrandError):
        read_phone(text)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<g onload="alert(1)"/>',
        '<a href="https://evil.example"><path/></a>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<image href="data:image/png;base64,AA=="/>',
        "<foreignObject/>",
        '<h:p xmlns:h="http://www.w3.org/1999/xhtml">hi</h:p>',
        '<rect style="fill:url(https://evil.example)"/>',
        "<rect fill=\"url( '//evil.example' )\"/>",
        "<style>@import 'https://evil.example';</style>",
        "<style>rect{fill:u\\72l(//evil.example)}</style>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
    ],
)
def test_a_logo_in_which_something_runs_or_is_fetched_is_refused(inside):
    with pytest.raises(BrandError):
        read_logo(LOGO.replace("</svg>", inside + "</svg>").encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<html/>",
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + LOGO.encode(),
        b'<?xml-stylesheet href="//evil.example"?>' + LOGO.encode(),
        LOGO.encode("utf-16"),
        LOGO.replace(' viewBox="0 0 40 40"', "").encode(),
        LOGO.encode() + b" " * 70_000,
        png()[:-1],
        png() + b"<script>",
        png().replace(b"IDAT", b"IDAX"),
        png(width=5000),
        png(width=0),
    ],
)
def test_what_is_no_logo_is_refused(content):
    with pytest.raises(BrandError):
        read_logo(content)


def test_logos_that_drawing_programs_write_are_taken():
    drawn = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn -->'
        '<svg xmlns="http://www.w3.org/2000/svg" width="120px" height="30"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:i="http://www.inkscape.org/namespaces/inkscape">'
        '<i:page/><defs><linearGradient id="a"/></defs><style>.b{fill:url(#a)}</style>'
        '<use xlink:href="#a"/><path class="b" d="M0 0"/></svg>'
    )

    assert read_logo(drawn.encode()).ratio == 4
    assert read_logo(png()).ratio == 2


@pytest.mark.parametrize("content", [b"", b" \n ", b"\xff\xfe", b"a\0b"])
def test_what_is_no_notice_is_refused(content):
    with pytest.raises(BrandError):
        read_notice(content)


def test_wrong_settings_of_the_brand_are_named_at_the_start(tmp_path):
    evil = tmp_path / "logo.svg"
    evil.write_text(LOGO.replace("</svg>", "<script/></svg>"))

    error = refused(
        CENTRE_NAME="은하\u202e은행",
        CENTRE_PHONE="call us",
        CENTRE_LOGO=str(evil),
        CENTRE_COLOUR="blue",
        CENTRE_PRIVACY="http://ca.example/privacy",
    )

    names = ("NAME", "PHONE", "LOGO", "COLOUR", "PRIVACY")
    assert error.names == [f"CERTFERRY_CENTRE_{name}" for name in names]
    assert "<script>" in str(error)


def test_a_file_that_is_not_there_is_named(tmp_path):
    missing = str(tmp_path / "missing")

    error = refused(CENTRE_NAME="은하은행", CENTRE_LOGO=missing, CENTRE_PRIVACY=missing)

    assert error.names == ["CERTFERRY_CENTRE_LOGO", "CERTFERRY_CENTRE_PRIVACY"]
    assert "No such file" in str(error)


def test_a_contact_without_a_name_is_refused():
    assert refused(CENTRE_PHONE="1588-0000").names == ["CERTFERRY_CENTRE_NAME"]


def test_the_settings_make_the_brand(tmp_path):
    logo, notice = tmp_path / "logo.svg", tmp_path / "notice.txt"
    logo.write_text(LOGO)
    notice.write_text("# 수집하는 것")

    brand = read(
        CENTRE_NAME="은하은행",
        CENTRE_NAME_EN="Eunha Bank",
        CENTRE_ADDRESS="서울",
        CENTRE_PHONE="02-123-4567",
        CENTRE_HOURS="평일 9시~16시",
        CENTRE_LOGO=str(logo),
        CENTRE_COLOUR="#008485",
        CENTRE_PRIVACY=str(notice),
        CENTRE_PRIVACY_EN="https://bank.example/privacy",
    ).brand

    korean, english = brand.spoken("ko"), brand.spoken("en")
    assert (korean.name, english.name) == ("은하은행", "Eunha Bank")
    assert korean.address == english.address == "서울"
    assert korean.phone_href == "tel:021234567"
    assert korean.privacy_url == "/privacy"
    assert english.privacy_url == "https://bank.example/privacy"
    assert brand.logo.content.decode() == LOGO


def test_without_settings_it_is_the_program_that_is_named():
    brand = read().brand

    assert not brand.is_named
    assert brand.spoken("en").name == "certferry"


def test_name_contact_and_notice_stand_on_a_page_in_its_language(bank):
    korean = bank.client.get("/sign-in").text
    english = bank.client.get("/sign-in", headers={"Accept-Language": "en"}).text

    assert "· 은하은행</title>" in korean
    assert "서울시 중구 은하로 1" in korean
    assert "· Eunha Bank</title>" in english
    assert "Weekdays 9 to 16" in english
    for page in (korean, english):
        assert 'href="tel:15880000"' in page
        assert 'href="/privacy"' in page
    assert "<h2>수집하는 것</h2>" in bank.client.get("/privacy").text


def test_a_notice_keeps_its_order_also_without_empty_lines(config):
    text = "# A\none\ntwo\n# B\nthree\n\nfour"
    brand = replace(BANK, privacy={"ko": text})
    page = create_app(replace(config, brand=brand)).test_client().get("/privacy").text

    order = ["<h2>A</h2>", "one\ntwo", "<h2>B</h2>", "three", "four"]
    places = [page.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("path", [BANK.logo.path, BANK.palette.path])
def test_logo_and_colours_are_kept_for_ever_and_run_nothing(bank, path):
    response = bank.client.get(path)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers
    assert bank.client.get(path.replace("centre/", "centre/0")).status_code == 404


def test_the_phone_page_carries_the_colours_as_its_policy_allows(bank):
    response = bank.client.get("/p")

    assert f"<style>{BANK.palette.css}</style>" in response.text
    assert response.headers["Content-Security-Policy"].count("'sha256-") >= 3


def test_a_centre_without_a_notice_has_no_page_for_it(visitor):
    assert visitor.client.get("/privacy").status_code == 404
    assert "/privacy" not in visitor.client.get("/sign-in").text
