"""A key made on the other device: the order, the request, the certificate.

One whole issuing in each mode, what is read of each message, and what is refused.
"""

import json
from collections.abc import Iterator
from hashlib import sha256

from mobile_bridge.core import protocol as p
from mobile_bridge.core.channel import PAYLOAD_BLOCK, Sealer
from mobile_bridge.core.code_entry import NOT_STORED
from mobile_bridge.core.order import (
    MAX_REQUEST_BYTES,
    MAX_SEALED_BYTES,
    CentreRefusal,
    IssuedCertificate,
    KeyRequest,
    Order,
    pack_answer,
    pack_request,
    write_order,
)
from mobile_bridge.core.protocol import length_prefix as lp
from mobile_bridge.core.remote_issuance import NoRequest
from mobile_bridge.pki.der import SEQUENCE, written
from tools.vectors.handshakes import flip, keys_of, m3_of, m4_of, run
from tools.vectors.recorded_random import Handshake, Issuance

IDEMPOTENCY_KEY = "0123456789abcdef0123456789abcdef"
SEALED = bytes(range(200))
Wrong = tuple[str, str, str, str, bytes]


def issuing(recorded: Issuance) -> dict[str, object]:
    """Return everything about a key that is made on the other device."""
    order, request, issued = _order(), _request(recorded), _issued(recorded)
    text = json.loads(write_order(order))
    return {
        "order": text,
        "good_orders": _texts(_good_orders(text)),
        "refused_orders": _texts(_bad_orders(text)),
        "request": _of_request(request),
        "good_requests": [_of_request(good) for good in _good_requests(request)],
        "refused_requests": _hex(_bad_requests(request)),
        "issued": pack_answer(issued).hex(),
        "certificate": issued.certificate.hex(),
        "chain": [one.hex() for one in issued.chain],
        "refusal": {
            "code": "application_expired",
            "content": pack_answer(CentreRefusal("application_expired")).hex(),
        },
        "refused_answers": _hex(_bad_answers(issued)),
        "foreign": _foreign(recorded, text),
        "transcripts": [
            _transcript(start, order, request, issued) for start in recorded.handshakes
        ],
        "refused": [
            {
                "what": description, "device": device, "after": after, "take": take,
                "data": data.hex(),
            }
            for description, device, after, take, data in _wrong(
                recorded.handshakes[0], recorded.handshakes[1], order, request, issued
            )
        ],
    }  # fmt: skip


def _order() -> Order:
    return Order(
        v=1,
        application="bWFkZS1vbi10aGUtcGhvbmU",
        key="p-256",
        name="김하나",
        issuer="certferry demo CA",
        policy="",
        issued=False,
        exportable=True,
    )


def _request(recorded: Issuance) -> KeyRequest:
    return KeyRequest(IDEMPOTENCY_KEY, recorded.request, SEALED)


def _issued(recorded: Issuance) -> IssuedCertificate:
    return IssuedCertificate(recorded.certificate, (recorded.issuer,))


def _of_request(request: KeyRequest) -> dict[str, str]:
    return {
        "idempotency_key": request.idempotency_key,
        "request": request.request.hex(),
        "sealed": request.sealed.hex(),
        "content": pack_request(request).hex(),
    }


def _good_requests(request: KeyRequest) -> list[KeyRequest]:
    body = request.request
    return [
        request,
        KeyRequest("A-_9" * 4, body),
        KeyRequest("z" * 64, body, bytes(MAX_SEALED_BYTES)),
    ]


def _bad_requests(request: KeyRequest) -> dict[str, bytes]:
    key, body, sealed = IDEMPOTENCY_KEY, request.request, request.sealed
    head = "BRG1 request"
    big = written(
        SEQUENCE, written(SEQUENCE, body) + bytes.fromhex("0500") * MAX_REQUEST_BYTES
    )
    return {
        "nothing": b"",
        "the head alone": lp(head),
        "another head": lp("BRG2 request", key, body, sealed),
        "no sealed field": lp(head, key, body),
        "a field too many": lp(head, key, body, sealed, b""),
        "cut short": lp(head, key, body, sealed)[:-1],
        "a short idempotency key": lp(head, key[:15], body, sealed),
        "a long idempotency key": lp(head, "a" * 65, body, sealed),
        "a line break in the idempotency key": lp(head, key + "\n", body, sealed),
        "letters of another script": lp(head, "가" * 16, body, sealed),
        "no request": lp(head, key, b"", sealed),
        "a request cut short": lp(head, key, body[:-1], sealed),
        "a request with a byte behind": lp(head, key, body + b"\0", sealed),
        "PEM": lp(head, key, b"-----BEGIN CERTIFICATE REQUEST-----", sealed),
        "an empty SEQUENCE": lp(head, key, b"0\0", sealed),
        "a request without a key": lp(head, key, b"0\x05\x30\x03\x02\x01\x00", sealed),
        "a request too large": lp(head, key, big, sealed),
        "too much that is sealed": lp(head, key, body, bytes(MAX_SEALED_BYTES + 1)),
        "a yes of a transfer": b"accept",
    }


def _bad_answers(issued: IssuedCertificate) -> dict[str, bytes]:
    own, issuer = issued.certificate, issued.chain[0]
    head, refused = "BRG1 issued", "BRG1 refused"
    return {
        "nothing": b"",
        "the head alone": lp(head),
        "no chain": lp(head, own),
        "nine issuers": lp(head, own, *[issuer] * 9),
        "a certificate too large": lp(head, bytes(16 * 1024 + 1), issuer),
        "too large in all": lp(head, own, *[bytes(16 * 1024)] * 3),
        "cut short": lp(head, own, issuer)[:-1],
        "another head": lp("BRG1 bundle", own, issuer),
        "a refusal without a code": lp(refused),
        "a refusal with an empty code": lp(refused, ""),
        "a refusal with a long code": lp(refused, "a" * 41),
        "a refusal with a sentence": lp(refused, "Call 010-1234-5678"),
        "a refusal in capitals": lp(refused, "EXPIRED"),
        "a refusal with a line break": lp(refused, "expired\n"),
        "two refusals": lp(refused, "expired", "expired"),
    }


def _foreign(recorded: Issuance, order: dict[str, object]) -> list[dict[str, object]]:
    """Return answers that are none to the order and the request."""
    own, issuer, other = recorded.certificate, recorded.issuer, recorded.other
    cases: list[tuple[str, dict[str, object], tuple[bytes, ...]]] = [
        ("for another key", {}, (other, issuer)),
        ("of another name", {"name": "박두리"}, (own, issuer)),
        ("of another issuer", {"issuer": "another CA"}, (own, issuer)),
        ("of another policy", {"policy": "1.2.3"}, (own, issuer)),
        ("a chain that does not lead on", {}, (own, own)),
        ("a chain the wrong way round", {}, (own, issuer, own)),
        ("no certificate", {}, (b"0\0", issuer)),
        ("no certificate in the chain", {}, (own, b"0\0")),
        ("a certificate with a byte behind", {}, (own + b"\0", issuer)),
    ]
    return [
        {
            "what": description,
            "order": json.dumps(order | changed, ensure_ascii=False),
            "content": lp("BRG1 issued", *certificates).hex(),
        }
        for description, changed, certificates in cases
    ]


def _good_orders(order: dict[str, object]) -> dict[str, str]:
    changed: dict[str, dict[str, object]] = {
        "as it is": {},
        "an RSA key": {"key": "rsa-2048"},
        "issued already": {"issued": True},
        "not to be copied": {"exportable": False},
        "a policy": {"policy": "1.3.6.1.4.1.32473.221882889.1.1"},
        "a version with a point": {"v": 1.0},
        "the shortest application": {"application": "a"},
        "the longest application": {"application": "_-" * 32},
        "the longest name": {"name": "가" * 200},
    }
    return {
        description: _text(order | change) for description, change in changed.items()
    }


def _bad_orders(order: dict[str, object]) -> dict[str, str]:
    changed: dict[str, dict[str, object]] = {
        "another version": {"v": 2},
        "a version as text": {"v": "1"},
        "a version that is true": {"v": True},
        "no application": {"application": ""},
        "an application too long": {"application": "a" * 65},
        "a path as application": {"application": "../../a"},
        "an application with a line break": {"application": "a\n"},
        "letters of another script": {"application": "가"},
        "an application that is a number": {"application": 1},
        "another key": {"key": "rsa-1024"},
        "a key in capitals": {"key": "P-256"},
        "a key that is a list": {"key": ["p-256"]},
        "no key": {"key": None},
        "an empty name": {"name": ""},
        "a name that turns round": {"name": "\u202e김하나"},
        "a name that is no text": {"name": 5},
        "an empty issuer": {"issuer": "  "},
        "a policy that is none": {"policy": "bank"},
        "a policy with a zero before": {"policy": "1.03"},
        "a policy too long": {"policy": "1." + "1" * 63},
        "issued as text": {"issued": "true"},
        "issued as a number": {"issued": 1},
        "exportable as nothing": {"exportable": None},
        "a field too many": {"more": 1},
        "the fields of an offer": {"move": True},
    }
    texts = {
        description: _text(order | change) for description, change in changed.items()
    }
    for field in order:
        left = {name: value for name, value in order.items() if name != field}
        texts[f"without {field}"] = _text(left)
    whole = _text(order)
    return texts | {
        "nothing": "",
        "a list": f"[{whole}]",
        "a number": "1",
        "cut short": whole[:-1],
        "two of them": whole + whole,
        "a byte order mark": "\ufeff" + whole,
        "no number": whole.replace('"v": 1', '"v": NaN'),
        "half a letter": whole.replace('"name": "', '"name": "\\ud800'),
        "very deep": whole.replace('"v": 1', '"v": ' + "[" * 900),
        "blanks beyond the most": whole.replace("{", "{" + " " * 2048),
        "the version twice, the last one false": whole.replace("}", ', "v": 2}'),
    }


def _text(order: dict[str, object]) -> str:
    return json.dumps(order, ensure_ascii=False)


def _texts(orders: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"what": description, "order": text} for description, text in orders.items()
    ]


def _hex(contents: dict[str, bytes]) -> list[dict[str, str]]:
    return [
        {"what": description, "content": value.hex()}
        for description, value in contents.items()
    ]


def _messages(
    start: Handshake, order: Order, request: KeyRequest, issued: IssuedCertificate
) -> dict[str, bytes]:
    registrar, holder = _sealers(start)
    answer = pack_answer(issued)
    return {
        "m1": start.m1,
        "m2": start.m2,
        "m3": m3_of(start),
        "m4": m4_of(start),
        "m5": registrar.seal(write_order(order)),
        "m6": holder.seal(pack_request(request), PAYLOAD_BLOCK),
        "m7": registrar.seal(answer, PAYLOAD_BLOCK),
        "m8": holder.seal(sha256(answer).digest()),
    }


def _transcript(
    start: Handshake, order: Order, request: KeyRequest, issued: IssuedCertificate
) -> dict[str, object]:
    messages = _messages(start, order, request, issued)
    instead = {
        "m6_decline": (NoRequest.DECLINED.value, PAYLOAD_BLOCK),
        "m6_no_key": (NoRequest.NO_KEY.value, PAYLOAD_BLOCK),
    }
    registrar, holder = _sealers(start)
    registrar.seal(b"")
    refusal = registrar.seal(pack_answer(CentreRefusal("key_seen")), PAYLOAD_BLOCK)
    holder.seal(b"")
    return {
        "run": run(start),
        "code": p.check_code(keys_of(start)),
        "messages": [
            {"name": name, "from": speaker, "data": data.hex()}
            for speaker, (name, data) in zip("GSGSGSGS", messages.items(), strict=True)
        ],
        **{
            name: _sealers(start)[1].seal(content, block).hex()
            for name, (content, block) in instead.items()
        },
        "m7_refused": refusal.hex(),
        "m8_not_stored": holder.seal(NOT_STORED).hex(),
    }


def _wrong(
    start: Handshake,
    other: Handshake,
    order: Order,
    request: KeyRequest,
    issued: IssuedCertificate,
) -> Iterator[Wrong]:
    own = _messages(start, order, request, issued)
    foreign = _messages(other, order, request, issued)
    m5, m6, m7, m8 = (own[name] for name in ("m5", "m6", "m7", "m8"))
    answer = pack_answer(issued)
    again, back = _sealers(start)
    yield "an order before m3", "S", "m2", "m3", m5
    yield "one bit of m5", "S", "m4", "m5", flip(m5, 0)
    yield "m5 cut short", "S", "m4", "m5", m5[:-1]
    yield "nothing as m5", "S", "m4", "m5", b""
    yield "m5 of another pairing", "S", "m4", "m5", foreign["m5"]
    yield "an order that is none", "S", "m4", "m5", again.seal(b"{}")
    yield "m5 replayed", "S", "m5", "m5", m5
    yield "a certificate before the request", "S", "m5", "m7", m7
    yield "m5 replayed as m7", "S", "m6", "m7", m5
    yield "its own m6 reflected as m7", "S", "m6", "m7", m6
    yield "one bit of m7", "S", "m6", "m7", flip(m7, 9)
    yield "m7 of another pairing", "S", "m6", "m7", foreign["m7"]
    yield "an answer that is none", "S", "m6", "m7", again.seal(b"", PAYLOAD_BLOCK)
    yield "m7 replayed", "S", "m7", "m7", m7
    yield "one bit of m6", "G", "m5", "m6", flip(m6, 99)
    yield "its own m5 reflected as m6", "G", "m5", "m6", m5
    yield "m6 of another pairing", "G", "m5", "m6", foreign["m6"]
    yield "a yes of a transfer", "G", "m5", "m6", back.seal(b"accept", PAYLOAD_BLOCK)
    yield "m6 replayed", "G", "m6", "m6", m6
    yield "m6 replayed as m8", "G", "m7", "m8", m6
    yield "its own m7 reflected as m8", "G", "m7", "m8", m7
    yield "receipt for something else", "G", "m7", "m8", back.seal(bytes(32))
    yield "one bit of m8", "G", "m7", "m8", flip(m8, 500)
    yield "m8 replayed", "G", "m8", "m8", m8
    late, _ = _sealers(start)
    late.seal(b"")
    late.seal(b"")
    yield "m7 under a later number", "S", "m6", "m7", late.seal(answer, PAYLOAD_BLOCK)


def _sealers(start: Handshake) -> tuple[Sealer, Sealer]:
    """Return what the registrar and what the key holder seals with."""
    keys = keys_of(start)
    return (
        Sealer(keys.initiator_to_responder, keys.transcript),
        Sealer(keys.responder_to_initiator, keys.transcript),
    )
