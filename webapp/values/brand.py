"""Whose centre this is: name, contact, logo and colour that an operator sets. Pure.

Nothing here looks at the environment or at a request; files come in as bytes. What
would be shown to somebody differently than it was meant is refused with the reason.
"""

import re
import struct
import unicodedata
import zlib
from collections.abc import Mapping
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from mobile_bridge.languages import DEFAULT_LANGUAGE, localized
from mobile_bridge.pki.names import is_shown_as_it_is

DEFAULT_NAME: Final = "certferry"
MAX_NAME: Final = 40
MAX_LINE: Final = 200
MAX_LOGO: Final = 64 * 1024
MAX_SIDE: Final = 2048  # pixels
MAX_NOTICE: Final = 256 * 1024
AA: Final = 4.5  # WCAG 2.2, 1.4.3
WORD_MARK: Final = 2.5  # as many times as wide as high: a logo that is a name itself

_SVG: Final = "{http://www.w3.org/2000/svg}"
_SVG_ELEMENTS: Final = frozenset(
    [
        *("svg", "g", "defs", "symbol", "use", "clipPath", "mask", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan", "title", "desc", "metadata"),
        *("linearGradient", "radialGradient", "stop"),
    ]
)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNK: Final = 12  # length, type and checksum
_PIXELS: Final = re.compile(r"\s*([0-9]*\.?[0-9]+)(?:px)?\s*")


class BrandError(ValueError):
    """This cannot stand on the pages; the text says what could."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that was looked at; `ratio` is width by height."""

    content: bytes = field(repr=False)
    mimetype: str
    ratio: float

    @property
    def version(self) -> str:
        """What tells this picture from every other."""
        return sha256(self.content).hexdigest()[:12]

    @property
    def path(self) -> str:
        """Where it is served; another picture has another path."""
        suffix = "svg" if self.mimetype == "image/svg+xml" else "png"
        return f"/static/centre/{self.version}/logo.{suffix}"


@dataclass(frozen=True, slots=True)
class Tones:
    """The colours of what can be pressed, as `#rrggbb`, in light or in dark."""

    press: str
    press_over: str
    on_press: str
    press_soft: str


@dataclass(frozen=True, slots=True)
class Palette:
    """One accent, made readable on light and on dark pages."""

    given: str
    light: Tones
    dark: Tones

    @property
    def css(self) -> str:
        """The tokens of `static/css/base.css` that it replaces."""
        light, dark = _tokens(self.light), _tokens(self.dark)
        return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"

    @property
    def path(self) -> str:
        """Where that style is served."""
        version = sha256(self.css.encode()).hexdigest()[:12]
        return f"/static/centre/{version}/colours.css"

    @property
    def changes(self) -> str:
        """Say in a line what the given colour became; empty where it stayed."""
        places = (("light", self.light.press), ("dark", self.dark.press))
        changed = [f"{to} on {on} pages" for on, to in places if to != self.given]
        if not changed:
            return ""
        return (
            f"{self.given} is not readable everywhere (contrast {AA} to 1), so it is "
            f"shown as {' and '.join(changed)}"
        )


@dataclass(frozen=True, slots=True)
class SpokenBrand:
    """A brand in one language, as templates use it."""

    name: str
    address: str
    phone: str
    hours: str
    is_named: bool
    logo: Logo | None
    palette: Palette | None
    privacy_url: str

    @property
    def phone_href(self) -> str:
        """The address that a phone dials (RFC 3966)."""
        return "tel:" + re.sub(r"[^0-9+]", "", self.phone) if self.phone else ""

    @property
    def has_contact(self) -> bool:
        """Whether anybody could tell where the counter is or when it is there."""
        return bool(self.address or self.phone or self.hours)

    @property
    def is_logo_a_name(self) -> bool:
        """Whether the logo says the name itself."""
        return self.logo is not None and self.logo.ratio >= WORD_MARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Whose centre this is; texts by language, else in English, else in Korean.

    `privacy` is an address, or the text itself.
    """

    name: Mapping[str, str] = field(
        default_factory=lambda: {DEFAULT_LANGUAGE: DEFAULT_NAME}
    )
    address: Mapping[str, str] = field(default_factory=dict)
    phone: str = ""
    hours: Mapping[str, str] = field(default_factory=dict)
    logo: Logo | None = None
    palette: Palette | None = None
    privacy: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        """Whether the operator gave a name."""
        return self.own_name != DEFAULT_NAME

    @property
    def own_name(self) -> str:
        """The name in the centre's own language, as it stands in certificates."""
        return self.name_in(DEFAULT_LANGUAGE)

    def name_in(self, language: str) -> str:
        """Return the name in a language."""
        return localized(self.name, language)

    def signature(self, language: str) -> str:
        """Return what stands under a letter; empty for a centre without a name."""
        spoken = self.spoken(language)
        if not self.is_named:
            return ""
        lines = (spoken.name, spoken.address, spoken.phone, spoken.hours)
        return "\n".join(filter(None, lines))

    def privacy_text(self, language: str) -> str:
        """Return the notice that we show ourselves; empty where it is elsewhere."""
        text = localized(self.privacy, language)
        return "" if is_address(text) else text

    def spoken(self, language: str) -> SpokenBrand:
        """Return all of it in one language."""
        privacy = localized(self.privacy, language)
        return SpokenBrand(
            name=self.name_in(language),
            address=localized(self.address, language),
            phone=self.phone,
            hours=localized(self.hours, language),
            is_named=self.is_named,
            logo=self.logo,
            palette=self.palette,
            privacy_url=privacy if is_address(privacy) else "/privacy" * bool(privacy),
        )


def is_address(text: str) -> bool:
    """Tell the address of a notice from the notice."""
    return text.startswith("https://") and len(text.split()) == 1


def read_name(text: str) -> str:
    """Return the name of a centre as people see it.

    Raises:
        BrandError: it is too long, or would be shown differently than written.
    """
    return _readable(text, MAX_NAME)


def read_line(text: str) -> str:
    """Return an address or hours.

    Raises:
        BrandError: it is too long, or would be shown differently than written.
    """
    return _readable(text, MAX_LINE)


def read_phone(text: str) -> str:
    """Return a telephone number as it is printed, for example 1588-0000.

    Raises:
        BrandError: it is none that could be dialled.
    """
    digits = re.sub(r"[ ().-]", "", text)
    if not re.fullmatch(r"\+?[0-9]{3,15}", digits, re.ASCII):
        raise BrandError("write a number as people dial it, for example 1588-0000")
    return text


def read_colour(text: str) -> Palette:
    """Return the accent as it can be read on light and on dark pages.

    Raises:
        BrandError: it is no colour.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text, re.ASCII):
        raise BrandError("write a colour as # and six hex digits, for example #0a4bb5")
    given = text.lower()
    light = _readable_tones(given, paper="#ffffff", ground="#f4f6f9", step=-0.01)
    dark = _readable_tones(given, paper="#1a1f27", ground="#101319", step=0.01)
    return Palette(given, light, dark)


def read_logo(content: bytes) -> Logo:
    """Return a picture, SVG or PNG, in which nothing runs and nothing is fetched.

    Raises:
        BrandError: it is too large, broken, or something else.
    """
    if len(content) > MAX_LOGO:
        raise BrandError(f"it is larger than {MAX_LOGO // 1024} KiB")
    if content.startswith(_PNG):
        return _png(content)
    return _svg(content)


def read_notice(content: bytes) -> str:
    """Return a privacy notice: text in UTF-8, paragraphs between empty lines.

    Raises:
        BrandError: it is no such text.
    """
    if len(content) > MAX_NOTICE:
        raise BrandError(f"it is larger than {MAX_NOTICE // 1024} KiB")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise BrandError("it is no text in UTF-8") from None
    if not text.strip() or any(sign < " " and sign not in "\n\t" for sign in text):
        raise BrandError("it is no text: it is empty, or has invisible signs")
    return text


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _readable(text: str, max_length: int) -> str:
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(name) > max_length:
        raise BrandError(f"it has {len(name)} characters, and may have {max_length}")
    if not is_shown_as_it_is(name) or not any(sign.isalnum() for sign in name):
        raise BrandError("it has signs that are not shown as they are written")
    return name


def _tokens(tones: Tones) -> str:
    return (
        f"--press:{tones.press};--press-over:{tones.press_over};"
        f"--on-press:{tones.on_press};--press-soft:{tones.press_soft};"
        f"--focus:{tones.press}"
    )


def _readable_tones(given: str, *, paper: str, ground: str, step: float) -> Tones:
    """Move the lightness away from the page until all pairs can be read."""
    hue, lightness, saturation = rgb_to_hls(*_channels(given))
    press = given
    while not _is_readable(tones := _tones(press, paper, step), paper, ground):
        lightness = min(max(lightness + step, 0.0), 1.0)
        press = _hex(hls_to_rgb(hue, lightness, saturation))
    return tones


def _tones(press: str, paper: str, step: float) -> Tones:
    is_light = step < 0
    return Tones(
        press=press,
        press_over=_mix(press, "#000000" if is_light else "#ffffff", 0.2),
        on_press="#ffffff" if is_light else _mix("#000000", press, 0.15),
        press_soft=_mix(paper, press, 0.1 if is_light else 0.16),
    )


def _is_readable(tones: Tones, paper: str, ground: str) -> bool:
    pages = (paper, ground, tones.press_soft, tones.on_press)
    return min(contrast(tones.press, page) for page in pages) >= AA


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _hex(tuple(a + (b - a) * share for a, b in pairs))


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + bytes(round(channel * 255) for channel in channels).hex()


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _png(content: bytes) -> Logo:
    """Walk the chunks: a picture that ends early or goes on after its end is none."""
    at, kinds = len(_PNG), []
    while at < len(content):
        if len(content) - at < _PNG_CHUNK:
            raise BrandError("it is a broken PNG")
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + _PNG_CHUNK + length
        body = content[at + 4 : end - 4]
        if end > len(content) or content[end - 4 : end] != struct.pack(
            ">I", zlib.crc32(body)
        ):
            raise BrandError("it is a broken PNG")
        kinds.append(kind)
        at = end
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise BrandError("it is a broken PNG")
    width, height = struct.unpack_from(">II", content, len(_PNG) + 8)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise BrandError(f"its sides may have {MAX_SIDE} pixels at most")
    return Logo(content, "image/png", width / height)


def _svg(content: bytes) -> Logo:
    try:
        text = content.decode("utf-8-sig")
        # What a declaration of entities could become, nobody has to find out.
        if "<!DOCTYPE" in text or "<!ENTITY" in text or "<?xml-" in text:
            raise BrandError("an SVG with a DOCTYPE or a style sheet is not taken")
        root = ET.fromstring(text)  # noqa: S314
    except (UnicodeDecodeError, ET.ParseError, ValueError) as error:
        if isinstance(error, BrandError):
            raise
        raise BrandError("it is neither a PNG nor an SVG in UTF-8") from None
    if root.tag != f"{_SVG}svg":
        raise BrandError("it is neither a PNG nor an SVG in UTF-8")
    for element in root.iter():
        _require_harmless(element)
    return Logo(content, "image/svg+xml", _ratio(root))


def _require_harmless(element: ET.Element) -> None:
    tag = str(element.tag)
    name = tag.removeprefix(_SVG)
    # Of other namespaces is what drawing programs note for themselves; a browser
    # draws none of it, but XHTML it would run.
    is_foreign = not tag.startswith(_SVG) and "xhtml" not in tag
    if name not in _SVG_ELEMENTS and not is_foreign:
        raise BrandError(f"it has <{name[:20]}>, which is not taken in a logo")
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2].lower()
        is_link = attribute == "href" and not value.startswith("#")
        if attribute.startswith("on") or is_link or _fetches(value):
            raise BrandError(f"it runs or fetches something: {attribute[:20]}")
    if name == "style" and _fetches(element.text or ""):
        raise BrandError("its style fetches something")


def _fetches(text: str) -> bool:
    text = text.lower()
    links = re.findall(r"url\(\s*[\"']?(.)", text)
    return (
        "@import" in text
        or "\\" in text
        or "javascript:" in text
        or any(link != "#" for link in links)
    )


def _ratio(root: ET.Element) -> float:
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = (
        box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    )
    try:
        width, height = (
            float(size[1]) if (size := _PIXELS.fullmatch(side)) else 0.0
            for side in sides
        )
    except ValueError:
        width = height = 0.0
    if width <= 0 or height <= 0:
        raise BrandError("it has no size: give it a viewBox, or width and height")
    return width / height


def privacy_source(text: str) -> str | None:
    """Return the address in a setting; None where it names a file.

    Raises:
        BrandError: it is an address that nobody should be sent to.
    """
    if "://" not in text:
        return None
    try:
        parts = urlsplit(text)
        is_sound = parts.scheme == "https" and parts.hostname and not parts.username
    except ValueError:
        is_sound = False
    if not is_sound or len(text.split()) != 1:
        raise BrandError("write an address with https://, or the path of a text file")
    return text
