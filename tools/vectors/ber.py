"""BER and the DER it becomes; what is no BER; and keys that ask for too much work."""

from mobile_bridge.pki.ber import MAX_BYTES, MAX_DEPTH
from mobile_bridge.pki.der import written

# What it is: as it was written, and as it is read.
CONVERTED = {
    "DER as it is": ("3003020105", "3003020105"),
    "an indefinite length": ("30800201050000", "3003020105"),
    "indefinite lengths in indefinite lengths": (
        "3080308030800000" + "00000000",
        "300430023000",
    ),
    "a length in more octets than it needs": ("308103020105", "3003020105"),
    "a length with zeros before": ("3084000000030201" + "05", "3003020105"),
    "a string in two pieces": ("2406040161040162", "04026162"),
    "a string in pieces of indefinite length": ("24800401610401620000", "04026162"),
    "a string in pieces in pieces": (
        "2480248004016100000401620000",
        "04026162",
    ),
    "a string in no pieces": ("24800000", "0400"),
    "a character string in pieces": ("2c060c01610c0162", "0c026162"),
    "a character string in pieces of octets": ("2c80040161040162" + "0000", "0c026162"),
    "a tag of its own around pieces": ("a0800401610401620000", "a006040161040162"),
    "zeros inside a string": ("30800404000000000000", "300604" + "0400000000"),
    "empty": ("3000", "3000"),
}
REFUSED = {
    "nothing": "",
    "a tag alone": "30",
    "one octet behind": "300000",
    "an end alone behind": "30000000",
    "no end": "3080020105",
    "half an end": "308002010500",
    "an indefinite length that has no elements": "04800000",
    "cut off": "30030201",
    "an element longer than what holds it": "30030202050000",
    "a length of five octets": "30850000000000",
    "a length that is cut": "3082",
    "a tag number above 30": "3f8001020000",
    "a number in a string": "2403020105",
    "a sequence in a string": "24023000",
}

PBES2, PBKDF2 = "2a864886f70d01050d", "2a864886f70d01050c"
SCRYPT, PBES1, DES3 = "2b06010401da47040b", "2a864886f70d01050a", "2a864886f70d010c0103"
HMAC, AES = "2a864886f70d0209", "60864801650304012a"
SALT = written(0x04, bytes(8))


def _number(value: int) -> bytes:
    return written(0x02, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def _algorithm(name: str, *parameters: bytes) -> bytes:
    oid = written(0x06, bytes.fromhex(name))
    return written(0x30, oid + b"".join(parameters))


def _pbes2(kdf: bytes) -> bytes:
    cipher = _algorithm(AES, written(0x04, bytes(16)))
    return _key(_algorithm(PBES2, written(0x30, kdf + cipher)))


def _key(algorithm: bytes) -> bytes:
    return written(0x30, algorithm + written(0x04, bytes(48)))


def pbkdf2_key(rounds: int, *more: bytes) -> bytes:
    """Return a key encrypted by PBES2, by its form; nothing opens it."""
    values = b"".join((SALT, _number(rounds), *more))
    return _pbes2(_algorithm(PBKDF2, written(0x30, values)))


def _scrypt(n: int, r: int, p: int, *more: bytes) -> bytes:
    values = b"".join((SALT, _number(n), _number(r), _number(p), *more))
    return _pbes2(_algorithm(SCRYPT, written(0x30, values)))


def _salted(name: str, rounds: int) -> bytes:
    return _key(_algorithm(name, written(0x30, SALT + _number(rounds))))


def ber() -> dict[str, object]:
    """Return everything about BER and about work."""
    prf = _algorithm(HMAC, b"\x05\x00")
    return {
        "converted": [
            {"what": description, "ber": given, "der": read}
            for description, (given, read) in CONVERTED.items()
        ],
        "refused": [
            {"what": description, "ber": given}
            for description, given in REFUSED.items()
        ],
        "most_depth": MAX_DEPTH,
        "most_bytes": MAX_BYTES,
        "too_much_work": _hex(
            {
                "2,000,000,000 rounds": pbkdf2_key(2_000_000_000, prf),
                "one round more than 10,000,000": pbkdf2_key(10_000_001, prf),
                "2^31 rounds": pbkdf2_key(2**31, prf),
                "2^32 rounds": pbkdf2_key(2**32, prf),
                "2^64 rounds": pbkdf2_key(2**64, prf),
                "a key of a million octets": pbkdf2_key(1000, _number(10**6), prf),
                "rounds of triple DES": _salted(DES3, 2**32),
                "rounds of RC2": _salted("2a864886f70d010c0106", 10_000_001),
                "rounds of PBES1": _salted(PBES1, 2**31 - 1),
                "rounds of SEED": _salted("2a831a8c9a44010f", 2**31),
                "scrypt, N of 2^21": _scrypt(2**21, 1, 1),
                "scrypt, r of 2^20": _scrypt(2**14, 2**20, 1),
                "scrypt, p of 2^30": _scrypt(2, 1, 2**30),
                "scrypt, 2 GiB": _scrypt(2**20, 16, 1),
            }
        ),
        "no_work": _hex(
            {
                "no rounds": pbkdf2_key(0, prf),
                "rounds below zero": pbkdf2_key(-1, prf),
                "a key of no octets": pbkdf2_key(1000, _number(0), prf),
                "rounds of triple DES": _salted(DES3, 0),
            }
        ),
    }


def _hex(keys: dict[str, bytes]) -> list[dict[str, str]]:
    return [
        {"what": description, "key": key.hex()} for description, key in keys.items()
    ]
