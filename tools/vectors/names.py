"""Names in certificates: what is shown of them, and what a CA certifies.

What comes out is written here by hand, so that neither language decides it.
"""

from typing import Final

from mobile_bridge.pki.der import SEQUENCE, SET, written
from mobile_bridge.pki.names import HIDDEN

CN, O, OU, SERIAL = "550403", "55040a", "55040b", "550405"  # noqa: E741
MAIL: Final = "2a864886f70d010901"
UTF8, NUMERIC, PRINTABLE, T61, IA5 = 0x0C, 0x12, 0x13, 0x14, 0x16
VISIBLE, GENERAL, UNIVERSAL, BMP, BITS = 0x1A, 0x1B, 0x1C, 0x1E, 0x03

Role = tuple[str, int, bytes]
Name = list[list[Role]]

# A text as it stands in a name, and what is shown of it.
SHOWN: Final = {
    "김하나": "김하나",
    "Anna Maria O'Neill": "Anna Maria O'Neill",
    "(주)한빛": "(주)한빛",
    "㈜한빛 & 7": "㈜한빛 & 7",
    "金하나": "金하나",
    "  김하나\u3000": "김하나",
    "김\u3164하나": "김\ufffd하나",
    "\u3164": "\ufffd",
    "\u2800": "\ufffd",
    "a\u115f\u1160\uffa0b": "a\ufffd\ufffd\ufffdb",
    "a\u202egnp.exe": "a\ufffdgnp.exe",
    "a\u200bb\u200d\u2060\ufeff": "a\ufffdb\ufffd\ufffd\ufffd",
    "a\u00adb\u034fc\u180ed": "a\ufffdb\ufffdc\ufffdd",
    "a\x00\t\n\x7f\x85b": "a\ufffd\ufffd\ufffd\ufffd\ufffdb",
    "a\u2028b\u2029c": "a\ufffdb\ufffdc",
    "a\ud800b\udc00": "a\ufffdb\ufffd",
    "\ue000\U000f0000\U0010fffd": "\ufffd\ufffd\ufffd",
    "a\uffff\ufdd0\U0001fffe": "a\ufffd\ufffd\ufffd",
    "a\ufe0f\U000e0100\U000e0041": "a\ufffd\ufffd\ufffd",
    "\U0001d159\U0001d173": "\ufffd\ufffd",
    "e" + "\u0301" * 4: "e" + "\u0301" * 4,
    "e" + "\u0301" * 5: "e" + "\u0301" * 4 + "\ufffd",
    "e" + "\u0301" * 60 + "x" + "\u0302" * 5: (
        "e" + "\u0301" * 4 + "\ufffdx" + "\u0302" * 4 + "\ufffd"
    ),
    "": "",
    "   ": "",
    "\u00a0\u2003\u3000": "",
    "\u0301": "",
    "가" * 200: "가" * 200,
    "가" * 201: "가" * 199 + "…",
    "\U00020000" * 201: "\U00020000" * 199 + "…",
    "\U0001f600": "\U0001f600",
    "กิ่งแก้ว": "กิ่งแก้ว",
    "דוד": "דוד",
    "\u1112\u1161\u11ab": "\u1112\u1161\u11ab",
    "\u0378": "\u0378",
}

# A common name, and what people say of it.
PERSONS: Final = {
    "김하나(KIM HANA)0000001234": "김하나",
    "김하나()00200412345678": "김하나",
    "김하나()0004046A1234": "김하나",
    "김하나": "김하나",
    "김하나 (KIM HANA)1": "김하나",
    "김하나(KIM HANA)": "김하나",
    "Kim (test)": "Kim",
    "(주)한빛": "(주)한빛",
    "(주)한빛(HANBIT)0020041234": "(주)한빛",
    "(주)한빛()0020041234": "(주)한빛",
    "한빛(주)(HANBIT)0020041234": "한빛(주)",
    "한빛(주)()0020041234": "한빛(주)",
    "㈜한빛(HANBIT)1": "㈜한빛",
    "（주）한빛(HANBIT)1": "（주）한빛",
    "A&B 7(A AND B)1": "A&B 7",
    "(HANBIT)0020041234": "(HANBIT)0020041234",
    "()1": "()1",
    " (KIM)1": " (KIM)1",
    "(": "(",
    ")(": ")",
    "((((": "((((",
    "a)b(c": "a)b",
    "김하나(KIM HANA)１２": "김하나",
    "김하나(KIM HANA)12\n": "김하나",
}


def _utf8(kind: str, text: str) -> list[Role]:
    return [(kind, UTF8, text.encode())]


HANA: Final = _utf8(CN, "김하나(KIM HANA)0000001234")
BANK: Final = _utf8(CN, "certferry demo CA")
KR: Final[list[Role]] = [("550406", PRINTABLE, b"KR")]

# What is odd: subject, issuer, and the two names that are shown; in the end the serial.
CERTIFICATES: Final[dict[str, tuple[Name, Name, str, str, str]]] = {
    "as we write it": ([KR, HANA], [KR, BANK], "김하나", "certferry demo CA", "0a"),
    "two common names: the last one": (
        [_utf8(CN, "first"), HANA],
        [_utf8(CN, "first CA"), _utf8(O, "bank"), _utf8(CN, "last CA")],
        *("김하나", "last CA", "0a"),
    ),
    "two common names in one set: the last one": (
        [[*_utf8(CN, "aaa"), *_utf8(CN, "bbb")]],
        [[*_utf8(CN, "CA1"), *_utf8(CN, "CA2")]],
        *("bbb", "CA2", "0a"),
    ),
    "three common names, the last one blank": (
        [HANA, _utf8(CN, "둘"), _utf8(CN, "   ")],
        [BANK, _utf8(CN, "")],
        *("둘", "certferry demo CA", "0a"),
    ),
    "no common name": (
        [KR, _utf8(O, "Hanul (bank)"), _utf8(OU, "branch")],
        [KR, _utf8(OU, "branch"), _utf8(O, "Hanul")],
        *("Hanul (bank)", "Hanul", "0a"),
    ),
    "units alone": (
        [KR, _utf8(OU, "one"), _utf8(OU, "two")],
        [KR, _utf8(OU, "licensedCA")],
        *("two", "licensedCA", "0a"),
    ),
    "a serial number alone": (
        [KR, [(SERIAL, PRINTABLE, b"120-81-47521")]],
        [[(SERIAL, PRINTABLE, b"7")]],
        *("120-81-47521", "7", "0a"),
    ),
    "a country alone": ([KR], [KR], "0a", "?", "0a"),
    "names of nothing": ([], [], "7f01", "?", "7f01"),
    "an address alone": (
        [[(MAIL, IA5, b"hana@example.com")]],
        [BANK],
        *("0a", "certferry demo CA", "0a"),
    ),
    "a company": (
        [KR, _utf8(CN, "(주)한빛(HANBIT)0020041234")],
        [_utf8(CN, "(주)한울은행 CA")],
        *("(주)한빛", "(주)한울은행 CA", "0a"),
    ),
    "a common name that begins with a bracket": (
        [_utf8(CN, "(HANBIT)12")],
        [_utf8(CN, "(CA)")],
        *("(HANBIT)12", "(CA)", "0a"),
    ),
    "empty brackets": (
        [_utf8(CN, "김하나()0020041234567")],
        [BANK],
        *("김하나", "certferry demo CA", "0a"),
    ),
    "a filler in both names": (
        [_utf8(CN, "김\u3164하나(KIM)1")],
        [_utf8(CN, "CA\u2800")],
        *("김\ufffd하나", "CA\ufffd", "0a"),
    ),
    "names of fillers": (
        [_utf8(CN, "\u3164\u3164"), _utf8(O, "Hanul")],
        [_utf8(CN, "\u2800")],
        *("\ufffd\ufffd", "\ufffd", "0a"),
    ),
    "piled marks": (
        [_utf8(CN, "Z" + "\u0351" * 30 + "algo(ZALGO)1")],
        [_utf8(CN, "C" + "\u0351" * 5)],
        *("Z" + "\u0351" * 4 + "\ufffdalgo", "C" + "\u0351" * 4 + "\ufffd", "0a"),
    ),
    "a mark alone, and an organisation": (
        [_utf8(CN, "\u0301"), _utf8(O, "Hanul")],
        [_utf8(CN, "\u0301")],
        *("Hanul", "?", "0a"),
    ),
    "a name of a thousand letters": (
        [_utf8(CN, "가" * 1000)],
        [_utf8(CN, "나" * 201)],
        *("가" * 199 + "…", "나" * 199 + "…", "0a"),
    ),
    "BMPString": (
        [[(CN, BMP, "김하나(KIM)1".encode("utf-16-be"))]],
        [[(CN, BMP, "\U00020000 CA".encode("utf-16-be"))]],
        *("김하나", "\U00020000 CA", "0a"),
    ),
    "BMPString with half a letter": (
        [[(CN, BMP, b"\xd8\x00\x00a\xdc\x00")]],
        [[(CN, BMP, b"\xd8\x00\xd8\x40\xdc\x00")]],
        *("\ufffda\ufffd", "\ufffd\U00020000", "0a"),
    ),
    "UniversalString": (
        [[(CN, UNIVERSAL, "김하나(KIM)1".encode("utf-32-be"))]],
        [[(CN, UNIVERSAL, "\U00020000".encode("utf-32-be"))]],
        *("김하나", "\U00020000", "0a"),
    ),
    "T61String": (
        [[(CN, T61, "Jörg Müller".encode("latin-1"))]],
        [[(CN, T61, "Jörg CA".encode())]],
        *("Jörg Müller", "Jörg CA", "0a"),
    ),
    "controls of eight bits": (
        [[(CN, T61, b"a\x9b2Jb\xe9")]],
        [[(CN, T61, b"a\x80b\xff")]],
        *("a\ufffd2Jbé", "a\ufffdbÿ", "0a"),
    ),
    "PrintableString that is none": (
        [[(CN, PRINTABLE, "김하나(KIM)1".encode())]],
        [[(CN, PRINTABLE, "é & @".encode("latin-1"))]],
        *("김하나", "é & @", "0a"),
    ),
    "other strings": (
        [[(CN, NUMERIC, b"12345")]],
        [[(CN, VISIBLE, b"visible CA")]],
        *("12345", "visible CA", "0a"),
    ),
    "IA5String and GeneralString": (
        [[(CN, IA5, b"hana@example.com")]],
        [[(CN, GENERAL, b"general CA")]],
        *("hana@example.com", "general CA", "0a"),
    ),
    "a byte order mark in front": (
        [[(CN, UTF8, b"\xef\xbb\xbfHana")]],
        [[(CN, BMP, b"\xfe\xff\x00a")]],
        *("\ufffdHana", "\ufffda", "0a"),
    ),
    "a common name that is no text": (
        [_utf8(O, "Hanul"), [(CN, BITS, b"\x00\x01")]],
        [[(CN, 0x02, b"\x05")], _utf8(O, "Bank")],
        *("Hanul", "Bank", "0a"),
    ),
    "other parts that are no text": (
        [[("550463", BITS, b"\x00\x01")], [("55042d", BITS, b"\x00\xff")], HANA],
        [[(OU, UTF8, b"\xff\xfe")], [(OU, 0x18, b"x")], BANK],
        *("김하나", "certferry demo CA", "0a"),
    ),
    "a serial of zero": ([HANA], [BANK], "김하나", "certferry demo CA", "00"),
    "a serial below zero": ([HANA], [BANK], "김하나", "certferry demo CA", "fb"),
    "a serial with a zero before": (
        [HANA],
        [BANK],
        *("김하나", "certferry demo CA", "9a01"),
    ),
    "a serial of twenty octets": (
        [],
        [BANK],
        "7f" * 20,
        "certferry demo CA",
        "7f" * 20,
    ),
}
_BELOW_ZERO: Final = {"fb"}
REFUSED: Final[dict[str, Name]] = {
    "a name that is no UTF-8": [[(CN, UTF8, b"\xff")]],
    "a surrogate in UTF-8": [[(CN, UTF8, b"\xed\xa0\x80")]],
    "half a character of two octets": [[(CN, BMP, b"\x00a\x00")]],
    "half a character of four octets": [[(CN, UNIVERSAL, b"\x00\x00\x00a\x00")]],
    "a character beyond the last": [[(CN, UNIVERSAL, b"\x00\x11\x00\x00")]],
    "a surrogate of four octets": [[(CN, UNIVERSAL, b"\x00\x00\xd8\x00")]],
}

# What a CA of ours writes as a holder's name.
CERTIFIABLE: Final = (
    *("김하나", "남궁 민", "Anna Maria O'Neill", "Jörg Müller-Lüdenscheid", "金하나"),
    *("(주)한빛", "한빛(주)", "㈜한빛", "(주)A&B 7", "3M", "한빛(유한회사)", "O’Neill"),
    *("(재)한빛·나눔", "Hanbit Co., Ltd.", "е", "กิ่งแก้ว", "דוד", "x\u0329\u0301"),
)
NOT_CERTIFIABLE: Final = {
    "nothing": "",
    "a blank": " ",
    "wide blanks": "\u3000\u00a0",
    "a blank before": " 김하나",
    "a blank behind": "김하나 ",
    "two blanks": "김  하나",
    "a wide blank": "김\u3000하나",
    "a blank that does not break": "김\u00a0하나",
    "an open bracket": "김하나(관리자",
    "a closed bracket": "김하나)",
    "brackets of no company": "김하나(관리자)",
    "brackets alone": "(주)",
    "empty brackets": "한빛()",
    "a letter in pieces": "\u1112\u1161\u11ab",
    "an accent apart": "Jo\u0308rg",
    "a mark alone": "\u0301",
    "a mark before": "\u0301abc",
    "a mark on a blank": "a \u0301b",
    "five marks": "x\u0329\u0301\u0302\u0303\u0304\u0305",
    "a Hangul filler": "김\u3164하나",
    "a filler alone": "\u3164",
    "old fillers": "\u115f\u1160",
    "a half-width filler": "a\uffa0",
    "braille of no dots": "\u2800",
    "a note head of nothing": "a\U0001d159",
    "a zero": "김\x00하나",
    "a tabulator": "김\t하나",
    "a line break": "김\n하나",
    "a control of eight bits": "김\x85하나",
    "reversed reading": "김\u202e하나",
    "an isolate": "김\u2066하나\u2069",
    "a mark of direction": "김\u200f하나",
    "an Arabic mark of direction": "김\u061c하나",
    "a blank of no width": "김\u200b하나",
    "a joiner": "김\u200d하나",
    "a byte order mark": "\ufeff김하나",
    "a soft hyphen": "a\u00adb",
    "a grapheme joiner": "a\u034fb",
    "a variation selector": "金\ufe00하나",
    "a variation of an ideograph": "金\U000e0100하나",
    "a tag": "a\U000e0041",
    "a line separator": "김\u2028하나",
    "half a letter": "김\ud800하나",
    "private use": "김\ue000하나",
    "private use of another plane": "a\U000f0000",
    "a noncharacter": "a\uffff",
    "nothing assigned": "a\u0378",
    "a replacement": "김\ufffd하나",
    "signs alone": "&-'",
}


def names() -> dict[str, object]:
    """Return everything about names."""
    return {
        "hidden": [list(range_) for range_ in sorted(HIDDEN)],
        "shown": [{"text": text, "shown": shown} for text, shown in SHOWN.items()],
        "persons": [{"common_name": name, "person": p} for name, p in PERSONS.items()],
        "certificates": [
            {
                "what": description,
                "certificate": certificate(subject, issuer, serial).hex(),
                **{"name": name, "issuer": issued_by, "serial": serial},
            }
            for description, (
                subject,
                issuer,
                name,
                issued_by,
                serial,
            ) in CERTIFICATES.items()
        ],
        "refused": [
            {"what": f"{description}, of the {who}", "certificate": encoded.hex()}
            for description, name in REFUSED.items()
            for who, encoded in (
                ("holder", certificate(name, [BANK], "0a")),
                ("issuer", certificate([HANA], name, "0a")),
            )
        ],
        "certifiable": list(CERTIFIABLE),
        "not_certifiable": [
            {"what": description, "name": name}
            for description, name in NOT_CERTIFIABLE.items()
        ],
    }


def certificate(subject: Name, issuer: Name, serial: str) -> bytes:
    """Return a certificate between these names; its signature is nobody's."""
    octets = bytes.fromhex(serial)
    is_above = octets[0] >= 0x80 and serial not in _BELOW_ZERO
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    validity = b"".join(
        written(0x17, moment) for moment in (b"261122033000Z", b"271122145959Z")
    )
    key = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107") + written(
        0x03,
        bytes.fromhex(
            "00046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ),
    )
    inside = (
        *(b"\xa0\x03\x02\x01\x02", written(0x02, bytes(is_above) + octets), algorithm),
        *(_name(issuer), written(SEQUENCE, validity), _name(subject)),
        written(SEQUENCE, key),
    )
    signature = written(0x03, bytes.fromhex("003006020101020101"))
    tbs = written(SEQUENCE, b"".join(inside))
    return written(SEQUENCE, tbs + algorithm + signature)


def _name(name: Name) -> bytes:
    sets = (written(SET, b"".join(map(_part, parts))) for parts in name)
    return written(SEQUENCE, b"".join(sets))


def _part(part: Role) -> bytes:
    kind, tag, value = part
    type_ = written(0x06, bytes.fromhex(kind))
    return written(SEQUENCE, type_ + written(tag, value))
