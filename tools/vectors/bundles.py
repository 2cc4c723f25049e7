"""A bundle of a throw-away holder, its offer, and damaged ones."""

import json

from mobile_bridge.core.bundle import (
    MAX_BUNDLE_BYTES,
    MAX_FILE_BYTES,
    File,
    FileRole,
    offer_for,
    pack,
    write_offer,
)
from mobile_bridge.core.protocol import length_prefix as lp
from mobile_bridge.pki.der import SEQUENCE, written
from tools.vectors.offers import bad_offers, good_offers
from tools.vectors.recorded_random import Holder

EMPTY = b"0\0"
SMALL_KEY = b"0\x04\x30\x00\x04\x00"


def bundle(holder: Holder) -> dict[str, object]:
    """Return everything about what travels."""
    certificate, key = holder
    files = [
        File(FileRole.SIGNING_CERTIFICATE, certificate),
        File(FileRole.SIGNING_KEY, key),
        File(FileRole.CA, certificate),
    ]
    payload = pack(files)
    offer = json.loads(write_offer(offer_for(payload, move=True)))
    return {
        "files": [{"role": f.role.value, "content": f.content.hex()} for f in files],
        "payload": payload.hex(),
        "offer": offer,
        "refused": _hex(_bad_bundles(payload, certificate, key)),
        "unreadable": _hex(_unreadable(certificate, key)),
        "good": _hex(_good_bundles(certificate, key)),
        "refused_offers": bad_offers(offer),
        "good_offers": good_offers(offer),
    }


def _hex(payloads: dict[str, bytes]) -> list[dict[str, str]]:
    return [
        {"what": description, "payload": value.hex()}
        for description, value in payloads.items()
    ]


def _bad_bundles(payload: bytes, certificate: bytes, key: bytes) -> dict[str, bytes]:
    cert, pri = FileRole.SIGNING_CERTIFICATE, FileRole.SIGNING_KEY
    keyless = lp("BRG1 bundle", cert, certificate, pri)
    certless = lp("BRG1 bundle", pri, key, cert)
    return {
        "truncated": payload[:-1],
        "no key": lp("BRG1 bundle", cert, certificate),
        "certificate twice": payload + lp(cert, certificate),
        "unknown role": payload + lp("../../etc", key),
        "role without file": payload + lp("ca"),
        "another head": payload.replace(b"BRG1", b"BRG2", 1),
        "management key alone": payload + lp("kmPri", key),
        "nine CA certificates": payload + lp("ca", certificate) * 8,
        "file too large": payload + lp("ca", b"0\x82\x40\x01" + bytes(0x4001)),
        "empty file": keyless + lp(b""),
        "key in the clear": keyless + lp(b"0\x07\x02\x01\x00\x30\x00\x04\x00"),
        "key without its octets": keyless + lp(b"0\x02\x30\x00"),
        "key in two pieces": keyless + lp(b"0\x06\x30\x00\x04\x00\x04\x00"),
        "key cut short inside": keyless + lp(b"0\x04\x30\x00\x04\x01"),
        "key of indefinite length inside": keyless + lp(b"0\x04\x30\x80\x04\x00"),
        "key that is a certificate": keyless + lp(certificate),
        "management key in the clear": payload
        + lp("kmCert", certificate, "kmPri", b"0\x07\x02\x01\x00\x30\x00\x04\x00"),
        "empty": b"",
        "key twice": payload + lp(pri, key),
        "management pair twice": payload + lp("kmCert", certificate, "kmPri", key) * 2,
        "management certificate alone": payload + lp("kmCert", certificate),
        "no certificate": lp("BRG1 bundle", pri, key),
        "head alone": lp("BRG1 bundle"),
        "role in capitals": payload + lp("CA", certificate),
        "role with a zero behind": payload + lp("ca\0", certificate),
        "role that is no text": payload + lp(b"\xff\xfe", certificate),
        "one octet beyond a file's most": payload
        + lp("ca", sequence(MAX_FILE_BYTES + 1)),
        "one octet beyond the most of all": _filled(payload, MAX_BUNDLE_BYTES + 1),
        "certificate of indefinite length": certless + lp(b"0\x80\x00\x00"),
        "certificate of a length in three octets": certless
        + lp(b"0\x83\x00\x00\x01\x00"),
        "certificate of a length that is not in its shortest form": certless
        + lp(b"0\x82\x00\x03\x02\x01\x00"),
        "certificate of a length without end": certless + lp(b"0\x84" + b"\xff" * 4),
        "certificate that stops in its length": certless + lp(b"0\x82\x01"),
        "certificate with an octet behind": certless + lp(certificate + b"\0"),
        "certificate that is a SET": certless + lp(b"1" + certificate[1:]),
        "two certificates in one file": certless + lp(certificate * 2),
        "a length that runs far past the end": payload + b"\xff\xff\xff\xff",
    }  # fmt: skip


def _unreadable(certificate: bytes, key: bytes) -> dict[str, bytes]:
    """Return bundles of the right form whose certificate cannot be read."""
    inner = certificate[4:]
    certificates = {
        "an empty certificate": EMPTY,
        "a certificate as deep as a file can be": nested(),
        "a certificate with indefinite length inside": rewrapped(b"0\x80" + inner[2:]),
        "a certificate without its signature": rewrapped(inner[:-72]),
        "a name that is no UTF-8": rewrapped(
            inner.replace("김하나".encode(), b"\xff" * 9)
        ),
        "a thirteenth month": rewrapped(
            inner.replace(b"271122145959Z", b"271332145959Z")
        ),
    }  # fmt: skip
    return {
        description: lp("BRG1 bundle", "signCert", encoded, "signPri", key)
        for description, encoded in certificates.items()
    }


def _good_bundles(certificate: bytes, key: bytes) -> dict[str, bytes]:
    pair = lp("BRG1 bundle", "signCert", certificate, "signPri", key)
    management = lp("kmCert", certificate, "kmPri", key)
    return {
        "two files": pair,
        "four files": pair + management,
        "two files and eight of authorities": pair + lp("ca", certificate) * 8,
        "a file of the most octets": pair + lp("ca", sequence(MAX_FILE_BYTES)),
        "the most octets of all": _filled(pair, MAX_BUNDLE_BYTES),
        "files in another order": lp("BRG1 bundle", "ca", certificate, "signPri", key)
        + lp("signCert", certificate),
        "the smallest key": lp("BRG1 bundle", "signCert", certificate)
        + lp("signPri", SMALL_KEY),
    }


def sequence(size: int) -> bytes:
    """Return one SEQUENCE of `size` octets in all."""
    return b"0\x82" + (size - 4).to_bytes(2, "big") + bytes(size - 4)


def rewrapped(inner: bytes) -> bytes:
    """Return a SEQUENCE around `inner`, which has another length than before."""
    return written(SEQUENCE, inner)


def nested() -> bytes:
    """Return SEQUENCEs in SEQUENCEs, as deep as a file's size allows."""
    octets = b""
    while True:
        size = len(octets)
        if size < 0x80:
            head = bytes([0x30, size])
        elif size < 0x100:
            head = bytes([0x30, 0x81, size])
        else:
            head = b"0\x82" + size.to_bytes(2, "big")
        if size + len(head) > MAX_FILE_BYTES:
            return octets
        octets = head + octets


def _filled(payload: bytes, size: int) -> bytes:
    """Return `payload` with CA files behind, `size` octets in all."""
    while size - len(payload) > MAX_FILE_BYTES:
        payload += lp("ca", sequence(MAX_FILE_BYTES // 2))
    return payload + lp("ca", sequence(size - len(payload) - len(lp("ca", b""))))
