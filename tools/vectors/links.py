"""QR texts to read, and some that must be refused."""

from mobile_bridge.core.link import Link, write_link
from mobile_bridge.core.protocol import Direction
from tools.vectors.recorded_random import Code

ORIGIN = "https://bank.example"


def links(codes: tuple[Code, ...]) -> dict[str, object]:
    """Return one good text for each direction, and spoilt ones."""
    good = []
    for direction, (seed, seen) in zip(Direction, codes, strict=True):
        good.append({
            "origin": ORIGIN, "dir": direction.value, "seed": seed.hex(),
            "fp": seen.hex(),
            "text": write_link(ORIGIN, Link(direction, seed, seen)),
        })  # fmt: skip
    return {"origin": ORIGIN, "good": good, "refused": _bad(str(good[0]["text"]))}


def _bad(text: str) -> list[dict[str, str]]:
    bad = {
        "another host": text.replace("bank.example", "bank.example.evil.test"),
        "another scheme": text.replace("https:", "http:"),
        "user part before the host": text.replace("bank", "x@bank"),
        "another path": text.replace("/p#", "/q#"),
        "no fragment": text.partition("#")[0],
        "truncated": text[:-4],
        "longer": text + "AAAA",
        "another version": text.replace("#E", "#I"),
        "an unknown flag": text.replace("#E", "#F"),
        "padding": text + "==",
        "foreign characters": text + "!!",
        "not a link": "010-1234-5678",
        "no host": "http://[",
        "a query": text.replace("/p#", "/p?a=b#"),
        "a line break inside": text.replace("https", "ht\ntps"),
        "a line break behind": text + "\n",
        "scheme in capitals": text.replace("https:", "HTTPS:"),
        "another alphabet": text[:-1] + "\u00e9",
        "another port": text.replace("/p#", ":444/p#"),
        "a look-alike host": text.replace("bank", "b\u0430nk"),
        "a dot behind the host": text.replace("/p#", "./p#"),
        "a path climbed down": text.replace("/p#", "/p/../p#"),
        "a path in escapes": text.replace("/p#", "/%70#"),
        "two slashes": text.replace("/p#", "//p#"),
        "backslash before the path": text.replace("/p#", "\\p#"),
        "blank before": " " + text,
        "reading direction turned": "\u202e" + text,
        "an empty fragment": text.partition("#")[0] + "#",
        "two fragments": text + text.partition("/p")[2],
        "a script": "javascript:alert(1)//" + text,
    }
    return [{"what": description, "text": text} for description, text in bad.items()]
