"""Write the bridge's test vectors anew: `python -m tools.make_vectors`.

The HPKE encapsulations are random, so each run writes other files; both languages
must pass with every one of them. Only what is wrong in the vectors is a reason to
write them again: they are how the two twins are held together.
"""

import json
import secrets
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mobile_bridge import protocol as p
from mobile_bridge.bundle import File, Role, offer_for, pack, write_offer
from mobile_bridge.channel import PAYLOAD_BLOCK, WORD_BLOCK, Sealer
from mobile_bridge.link import Link, write_link

VECTORS = Path(__file__).parent.parent / "tests" / "vectors"
ORIGIN = "https://bank.example"


def main() -> None:
    """Write every vector file of the bridge."""
    runs = [
        make_run(mode, direction)
        for direction in p.Direction
        for mode in p.Mode
        for _ in range(2 if mode is p.Mode.QR else 1)
    ]
    _write("brg1.json", {"runs": runs})
    _write("brg1_negative.json", {"run": runs[0], "cases": negative_cases(runs[0])})
    _write("brg1_records.json", {"records": records(runs[0])})
    _write("brg1_links.json", links())
    _write("brg1_bundle.json", bundle())
    _write("brg1_transfer.json", transfer(runs[0]))


def make_run(mode: p.Mode, direction: p.Direction) -> dict[str, str]:
    """Return one whole handshake in hex."""
    seed = secrets.token_bytes(32)
    is_qr = mode is p.Mode.QR
    sid = p.session_id(seed) if is_qr else secrets.token_bytes(16)
    psk = p.pre_shared_key(seed) if is_qr else p.NO_PSK
    sk, nonce, secret = (secrets.token_bytes(32) for _ in range(3))
    pair = p.key_pair(sk)
    m1 = p.make_m1(sid, pair.public, nonce, mode=mode, direction=direction)
    m2 = p.make_m2(m1, secret, psk)
    keys = p.derive_keys(m1, m2, nonce, secret=secret, psk=psk)
    values = {
        "sid": sid, "psk": psk, "pkG": pair.public, "nG": nonce, "m1": m1,
        "kS": secret, "m2": m2, "th": keys.transcript, "prk": keys.prk,
        "cG": keys.confirm_shower, "cS": keys.confirm_scanner,
        "aGS": keys.shower_to_scanner, "aSG": keys.scanner_to_shower,
        "sas": keys.code, "macG": p.shower_mac(keys), "macS": p.scanner_mac(keys),
        "skG": sk, "fp": p.fingerprint(m1), "seed": seed if is_qr else b"",
    }  # fmt: skip
    return {
        "mode": mode.value,
        "dir": direction.value,
        **{name: value.hex() for name, value in values.items()},
        "code": p.check_code(keys),
    }


def negative_cases(run: dict[str, str]) -> list[dict[str, str]]:
    """Return what each side must refuse with the one generic error.

    `taker` names the message a side takes; `m1`, `m2`, `m3` or `m4` in a case stands
    in the place of the run's own. m3 is nG and macG; m4 is macS.
    """
    m1, m2, fp = (bytes.fromhex(run[name]) for name in ("m1", "m2", "fp"))
    m3 = bytes.fromhex(run["nG"] + run["macG"])
    m4, mac_g = bytes.fromhex(run["macS"]), bytes.fromhex(run["macG"])
    other_run = make_run(p.Mode.QR, p.Direction.SHOWER_SENDS)
    cases = []

    def add(what: str, taker: str, octets: bytes) -> None:
        cases.append({"what": what, "taker": taker, taker: octets.hex()})

    # m1's fields begin after 4 bytes of length each.
    fields = {"magic": 4, "mode": 13, "dir": 18, "sid": 24, "mlkem": 44}
    fields |= {"x25519": 44 + 1184, "commitment": 1264, "length": 3}
    for name, at in fields.items():
        add(f"one bit of m1 flipped in {name}", "m1", _flip(m1, at))
    add("direction of m1 turned round", "m1", m1.replace(b"\2GS", b"\2SG", 1))
    add("mode of m1 turned to typed", "m1", m1.replace(b"\1Q", b"\1T", 1))
    add("m1 truncated", "m1", m1[:-1])
    add("m1 with a byte behind", "m1", m1 + b"\0")
    add("m1 of another pairing", "m1", bytes.fromhex(other_run["m1"]))
    for name, at in {"mlkem": 0, "x25519": 1090, "sealed": 1125, "tag": 1180}.items():
        add(f"one bit of m2 flipped in {name}", "m2", _flip(m2, at))
    add("m2 truncated", "m2", m2[:-1])
    add("m2 without its tag", "m2", m2[: p.SEALED_BYTES])
    add("m2 of another pairing", "m2", bytes.fromhex(other_run["m2"]))
    add("m2 of the typed mode: tag all zeros", "m2", m2[: p.SEALED_BYTES] + bytes(32))
    add("one bit of m3 flipped in nG", "m3", _flip(m3, 5))
    add("one bit of m3 flipped in macG", "m3", _flip(m3, 40))
    add("m3 truncated", "m3", m3[:-1])
    add("m3 replayed from another pairing", "m3",
        bytes.fromhex(other_run["nG"] + other_run["macG"]))  # fmt: skip
    add("m4 with one bit flipped", "m4", _flip(m4, 0))
    add("m4 truncated", "m4", m4[:-1])
    add("m4 is macG reflected", "m4", mac_g)
    assert p.fingerprint(m1) == fp
    return cases


def records(run: dict[str, str]) -> list[dict[str, object]]:
    """Return sealed records and what is inside them."""
    th = bytes.fromhex(run["th"])
    contents = (b"", b"accept", "김하나".encode(), bytes(range(256)) * 5)
    made: list[dict[str, object]] = []
    for name in ("aGS", "aSG"):
        sealer = Sealer(bytes.fromhex(run[name]), th)
        for seq, data in enumerate(contents):
            block = PAYLOAD_BLOCK if len(data) > WORD_BLOCK else WORD_BLOCK
            record = sealer.seal(data, block)
            made.append({
                "key": run[name], "th": run["th"], "seq": seq, "block": block,
                "data": data.hex(), "record": record.hex(),
            })  # fmt: skip
    return made


def links() -> dict[str, object]:
    """Return QR texts to read, and some that must be refused."""
    good = []
    for direction in p.Direction:
        link = Link(direction, secrets.token_bytes(32), secrets.token_bytes(16))
        good.append({
            "origin": ORIGIN, "dir": direction.value, "seed": link.seed.hex(),
            "fp": link.fingerprint.hex(), "text": write_link(ORIGIN, link),
        })  # fmt: skip
    return {"origin": ORIGIN, "good": good, "refused": _bad_links(str(good[0]["text"]))}


def _bad_links(text: str) -> list[dict[str, str]]:
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
    }
    return [{"what": what, "text": text} for what, text in bad.items()]


def bundle() -> dict[str, object]:
    """Return a bundle of a throw-away holder, its offer, and damaged ones."""
    certificate, key = _holder()
    files = [
        File(Role.SIGNING_CERTIFICATE, certificate),
        File(Role.SIGNING_KEY, key),
        File(Role.CA, certificate),
    ]
    payload = pack(files)
    offer = json.loads(write_offer(offer_for(payload, move=True)))
    return {
        "files": [{"role": f.role.value, "content": f.content.hex()} for f in files],
        "payload": payload.hex(),
        "offer": offer,
        "refused": _bad_bundles(payload, files),
        "refused_offers": _bad_offers(offer),
        "good_offers": _good_offers(offer),
    }


def _bad_bundles(payload: bytes, files: list[File]) -> list[dict[str, str]]:
    cert, pri = files[0], files[1]
    certificate, key = cert.content, pri.content
    rewritten = p.lp("BRG1 bundle", cert.role, certificate, pri.role)
    bad: dict[str, bytes] = {
        "truncated": payload[:-1],
        "no key": p.lp("BRG1 bundle", cert.role, certificate),
        "certificate twice": payload + p.lp(cert.role, certificate),
        "unknown role": payload + p.lp("../../etc", key),
        "role without file": payload + p.lp("ca"),
        "another head": payload.replace(b"BRG1", b"BRG2", 1),
        "management key alone": payload + p.lp("kmPri", key),
        "nine CA certificates": payload + p.lp("ca", certificate) * 8,
        "file too large": payload + p.lp("ca", b"0\x82\x40\x01" + bytes(0x4001)),
        "empty file": rewritten + p.lp(b""),
        "key in the clear": rewritten + p.lp(b"0\x07\x02\x01\x00\x30\x00\x04\x00"),
        "key without its octets": rewritten + p.lp(b"0\x02\x30\x00"),
        "key in two pieces": rewritten + p.lp(b"0\x06\x30\x00\x04\x00\x04\x00"),
        "key cut short inside": rewritten + p.lp(b"0\x04\x30\x00\x04\x01"),
        "key of indefinite length inside": rewritten + p.lp(b"0\x04\x30\x80\x04\x00"),
        "key that is a certificate": rewritten + p.lp(certificate),
        "management key in the clear": payload
        + p.lp("kmCert", certificate, "kmPri", b"0\x07\x02\x01\x00\x30\x00\x04\x00"),
        "empty": b"",
    }
    return [{"what": what, "payload": value.hex()} for what, value in bad.items()]


def transfer(run: dict[str, str]) -> dict[str, object]:
    """Return m5 to m8 after a run, with what is inside each."""
    th = bytes.fromhex(run["th"])
    send, answer = (Sealer(bytes.fromhex(run[key]), th) for key in ("aGS", "aSG"))
    payload = pack([File(r, f) for r, f in _signing_pair()])
    offer = write_offer(offer_for(payload, move=False))
    receipt = sha256(payload).digest()
    sealed = {
        "m5": send.seal(offer), "m6": answer.seal(b"accept"),
        "m7": send.seal(payload, PAYLOAD_BLOCK), "m8": answer.seal(receipt),
    }  # fmt: skip
    decline = Sealer(bytes.fromhex(run["aSG"]), th).seal(b"decline")
    return {
        "th": run["th"], "aGS": run["aGS"], "aSG": run["aSG"],
        "offer": offer.decode(), "answer": "accept", "payload": payload.hex(),
        "receipt": receipt.hex(), "m6_decline": decline.hex(),
        **{name: record.hex() for name, record in sealed.items()},
    }  # fmt: skip


Offered = dict[str, object]


def _bad_offers(offer: Offered) -> list[Offered]:
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
    }
    left_out = {name: value for name, value in offer.items() if name != "move"}
    return [*_changed(offer, changes), *_changed(left_out, {"a field less": {}})]


def _good_offers(offer: Offered) -> list[Offered]:
    changes: dict[str, Offered] = {
        "as it is": {},
        "two hundred characters of two units": {"name": "\U00020000" * 200},
        "four marks on a letter": {"name": "a" + "\u0301" * 4},
        "Thai": {"name": "กิ่งแก้ว"},
        "Hangul in pieces": {"name": "\u1112\u1161\u11ab"},
        "Hebrew": {"name": "דוד"},
        "one digit": {"issuer": "7"},
        "blanks between": {"name": "Kim  Ha Na"},
        "leap day": {"not_after": "2028-02-29T23:59:59Z"},
        "year 1": {"not_after": "0001-01-01T00:00:00Z"},
        "serial of 20 octets": {"serial": "ff" * 20},
        "serial 0": {"serial": "00"},
        "a whole number with a point": {"files": 3.0},
        "twelve files": {"files": 12},
    }
    return _changed(offer, changes)


def _changed(offer: Offered, changes: dict[str, Offered]) -> list[Offered]:
    return [
        {"what": what, "offer": json.dumps({**offer, **change}, ensure_ascii=False)}
        for what, change in changes.items()
    ]


def _signing_pair() -> list[tuple[Role, bytes]]:
    certificate, key = _holder()
    return [(Role.SIGNING_CERTIFICATE, certificate), (Role.SIGNING_KEY, key)]


def _holder() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject, issuer = "김하나(KIM HANA)0000001234", "certferry demo CA"
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(0x0A1B2C3D4E5F)
        .not_valid_before(datetime(2026, 11, 22, 3, tzinfo=UTC))
        .not_valid_after(datetime(2027, 11, 22, 14, 59, 59, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    protection = serialization.BestAvailableEncryption(b"certferry-vector-1!")
    encrypted = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, protection
    )
    return certificate.public_bytes(serialization.Encoding.DER), encrypted


def _flip(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _write(name: str, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (VECTORS / name).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
