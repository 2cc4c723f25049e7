"""Offers to read, and offers that would mislead whoever reads them."""

import json

Offered = dict[str, object]
Written = dict[str, tuple[str, str]]

# What is put into the text in the place of something else: what no JSON writer says.
BAD_TEXTS: Written = {
    "no number": ('"size": ', '"size": NaN, "x": '),
    "size that is no number": ('"files": 3', '"files": NaN'),
    "size without end": ('"files": 3', '"files": Infinity'),
    "number beyond what a float holds": ('"files": 3', '"files": 1e999'),
    "number of a zero before": ('"files": 3', '"files": 03'),
    "half a letter of another plane": ('"name": "', '"name": "\\ud800'),
    "the other half": ('"name": "', '"name": "\\udc00'),
    "both halves the wrong way round": ('"name": "', '"name": "\\ude00\\ud83d'),
    "reversed reading as an escape": ('"name": "', '"name": "\\u202e'),
    "control character as it is": ('"name": "', '"name": "\n'),
    "the version twice, the last one false": ("}", ', "v": 2}'),
    "the name twice, the last one false": ("}", ', "name": "\u200b"}'),
    "prototype": ('"move": true', '"__proto__": {"move": true}'),
    "constructor": ('"move": true', '"constructor": true'),
    "two offers": ("}", "}{}"),
    "a comma behind": ("}", ",}"),
    "a comment": ("{", "{/**/"),
    "a list around": ("{", "[{"),
    "very deep": ('"move": true', '"move": ' + "[" * 900),
    "very deep and whole": ('"move": true', '"move": ' + "[" * 600 + "]" * 600),
    "blanks beyond the most": ("{", "{" + " " * 2048),
}
GOOD_TEXTS: Written = {
    "letters of another plane as escapes": ('"name": "', '"name": "\\ud83d\\ude00'),
    "a name as escapes": ("김하나", "\\uae40\\ud558\\ub098"),
    "the name twice: the last one counts": ("{", '{"name": "박두리", '),
    "a number with an exponent": ('"files": 3', '"files": 3e0'),
    "blanks and line breaks between": ("{", "{\r\n\t "),
}


def bad_offers(offer: Offered) -> list[Offered]:
    changes: dict[str, Offered] = {
        "reversed reading": {"name": "\u202egnihtemos"},
        "control character": {"issuer": "bank\nconfirmed"},
        "isolate": {"name": "\u2066a\u2069"},
        "too long": {"name": "가" * 257},
        "too long in characters of two units": {"name": "\U00020000" * 201},
        "empty name": {"name": ""},
        "blank name": {"name": "   "},
        "name of wide blanks": {"name": "\u3000\u00a0\u2003"},
        "name of Hangul fillers": {"name": "\u3164\u3164"},
        "filler in a name": {"name": "김\u3164하나"},
        "half-width filler": {"name": "a\uffa0"},
        "old fillers": {"name": "a\u115f\u1160"},
        "name of empty braille": {"issuer": "\u2800"},
        "name of a mark alone": {"name": "\u0301"},
        "five marks on a letter": {"name": "a" + "\u0301" * 5},
        "five marks of several kinds": {"name": "a\u0301\u0e31\u20dd\u0903\ufe0f"},
        "another version": {"v": 2},
        "number as text": {"size": "10"},
        "number that is no whole one": {"files": 3.5},
        "truth as number": {"move": 1},
        "number as truth": {"files": True},
        "no files": {"files": 0},
        "one file": {"files": 1},
        "thirteen files": {"files": 13},
        "too large": {"size": 10**6},
        "local time": {"not_after": "2027-11-22 23:59:59"},
        "time with an offset": {"not_after": "2027-11-22T14:59:59+00:00"},
        "no such month": {"not_after": "9999-99-99T99:99:99Z"},
        "no such day": {"not_after": "2027-02-30T00:00:00Z"},
        "hour 24": {"not_after": "2027-11-22T24:00:00Z"},
        "second 60": {"not_after": "2027-11-22T14:59:60Z"},
        "year 0": {"not_after": "0000-01-01T00:00:00Z"},
        "line break after the time": {"not_after": "2027-11-22T14:59:59Z\n"},
        "other digits in the time": {"not_after": "２027-11-22T14:59:59Z"},
        "beginning in local time": {"not_before": "2026-11-22 12:00:00"},
        "beginning on no such day": {"not_before": "2026-02-30T00:00:00Z"},
        "policy in words": {"policy": "for banks"},
        "policy of one arc": {"policy": "1"},
        "policy with a leading zero": {"policy": "1.02"},
        "policy without a root": {"policy": "3.1"},
        "policy that ends in a dot": {"policy": "1.2."},
        "line break after the policy": {"policy": "1.2\n"},
        "policy longer than any": {"policy": "1.10" + ".1" * 31},
        "policy that is none": {"policy": None},
        "policy in other digits": {"policy": "1.２"},
        "hash too short": {"sha256": "00"},
        "hash in capitals": {"sha256": "A" * 64},
        "serial in words": {"serial": "number five"},
        "serial in capitals": {"serial": "0A"},
        "half an octet of serial": {"serial": "a0b"},
        "serial of 21 octets": {"serial": "01" * 21},
        "no serial": {"serial": ""},
        "line break after the serial": {"serial": "05\n"},
        "serial as number": {"serial": 5},
        "a field more": {"path": "/etc"},
        "blanks of no width": {"name": "김\u200b하나"},
        "joiner of no width": {"name": "a\u200d"},
        "byte order mark in a name": {"name": "\ufeffa"},
        "soft hyphen": {"issuer": "ba\u00adnk"},
        "letters of the tag plane": {"name": "a\U000e0041\U000e0042"},
        "Arabic letter mark": {"name": "a\u061c"},
        "reversed to the end of the issuer": {"issuer": "\u202dbank"},
        "line separator": {"issuer": "bank\u2028confirmed"},
        "paragraph separator": {"issuer": "bank\u2029confirmed"},
        "tabulator": {"name": "a\tb"},
        "zero character": {"name": "a\0"},
        "escape for a terminal": {"name": "\x1b[2Ja"},
        "control of eight bits": {"name": "\x9b2Ja"},
        "delete character": {"name": "a\x7f"},
        "size below zero": {"size": -1},
        "size zero": {"size": 0},
        "one octet more than a bundle has": {"size": 40 * 1024 + 1},
        "size beyond every number": {"size": 10**40},
        "name as list": {"name": ["a"]},
        "name as object": {"name": {"length": 1}},
        "no name at all": {"name": None},
    }
    left_out = {name: value for name, value in offer.items() if name != "move"}
    return [
        *_changed(offer, changes),
        *_changed(left_out, {"a field less": {}}),
        *_written(offer, BAD_TEXTS),
    ]


def good_offers(offer: Offered) -> list[Offered]:
    changes: dict[str, Offered] = {
        "as it is": {},
        "two hundred characters of two units": {"name": "\U00020000" * 200},
        "four marks on a letter": {"name": "a" + "\u0301" * 4},
        "Thai": {"name": "กิ่งแก้ว"},
        "Hangul in pieces": {"name": "\u1112\u1161\u11ab"},
        "Hebrew": {"name": "דוד"},
        "one digit": {"issuer": "7"},
        "blanks between": {"name": "Kim  Ha Na"},
        "no policy": {"policy": ""},
        "a policy": {"policy": "1.2.410.200005.1.1.1"},
        "the longest policy": {"policy": "1.10" + ".1" * 30},
        "beginning on a leap day": {"not_before": "2028-02-29T23:59:59Z"},
        "leap day": {"not_after": "2028-02-29T23:59:59Z"},
        "year 1": {"not_after": "0001-01-01T00:00:00Z"},
        "serial of 20 octets": {"serial": "ff" * 20},
        "serial 0": {"serial": "00"},
        "a whole number with a point": {"files": 3.0},
        "twelve files": {"files": 12},
        "a letter of another plane": {"name": "\U0001f600"},
    }
    return [*_changed(offer, changes), *_written(offer, GOOD_TEXTS)]


def _changed(offer: Offered, changes: dict[str, Offered]) -> list[Offered]:
    return [
        {
            "what": description,
            "offer": json.dumps({**offer, **change}, ensure_ascii=False),
        }
        for description, change in changes.items()
    ]


def _written(offer: Offered, texts: Written) -> list[Offered]:
    whole = json.dumps(offer, ensure_ascii=False)
    return [
        {"what": description, "offer": whole.replace(old, new, 1)}
        for description, (old, new) in texts.items()
    ]
