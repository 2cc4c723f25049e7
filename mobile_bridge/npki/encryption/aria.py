"""ARIA in CBC mode (RFC 5794), on whole blocks. JavaScript twin: aria.js.

No kept Python library has ARIA, so it stands here. Meant for a key file that lies on
this computer: table look-ups take a time that depends on the key.
"""

from typing import Final

BLOCK_BYTES: Final = 16
_MASK: Final = (1 << 128) - 1
_ROUNDS: Final = {16: 12, 24: 14, 32: 16}
# RFC 5794 2.2.
_C1: Final = 0x517CC1B727220A94FE13ABE8FA9A6EE0
_C2: Final = 0x6DB14ACC9E21C820FF28B1D5EF5DE2B0
_C3: Final = 0xDB92371D2126E9700324977504E8C90E
_CONSTANTS: Final = {16: (_C1, _C2, _C3), 24: (_C2, _C3, _C1), 32: (_C3, _C1, _C2)}
# RFC 5794 2.4.2: the S-box of AES, and a second one.
_SB1: Final = bytes.fromhex(
    "637c777bf26b6fc53001672bfed7ab76ca82c97dfa5947f0add4a2af9ca472c0"
    "b7fd9326363ff7cc34a5e5f171d8311504c723c31896059a071280e2eb27b275"
    "09832c1a1b6e5aa0523bd6b329e32f8453d100ed20fcb15b6acbbe394a4c58cf"
    "d0efaafb434d338545f9027f503c9fa851a3408f929d38f5bcb6da2110fff3d2"
    "cd0c13ec5f974417c4a77e3d645d197360814fdc222a908846eeb814de5e0bdb"
    "e0323a0a4906245cc2d3ac629195e479e7c8376d8dd54ea96c56f4ea657aae08"
    "ba78252e1ca6b4c6e8dd741f4bbd8b8a703eb5664803f60e613557b986c11d9e"
    "e1f8981169d98e949b1e87e9ce5528df8ca1890dbfe6426841992d0fb054bb16"
)
_SB2: Final = bytes.fromhex(
    "e24e54fc94c24acc620d6a463c4d8bd15efa64cbb497be2bbc772e03d31959c1"
    "1d06416b55f09969ea9c18ae63dfe7bb007366fb964c85e43a0945aa0fee10eb"
    "2d7ff429accfad918d78c895f92fcecd087a88385c832a2847dbb8c793a41253"
    "ff870e3136215848018e377432cae9b1b7ab0cd7c4564226079860d9b6b91140"
    "ec208cbda0c984044923f14f501f13dcd8c09e57e3c37b653b028f3ee82592e5"
    "15ddfd17a9bfd49a7ec53967fe769d43a7e1d0f568f21b347005a38ad57986a8"
    "30c6514b1ea627f635d26e2416825fdae675a2ef2cb21c9f5d6f800a72449b6c"
    "900b5b337d5a52f361a1f7b0d63f7c6ded14e0a53d22b3f889de711aafbab581"
)
_SB3: Final = bytes(_SB1.index(octet) for octet in range(256))
_SB4: Final = bytes(_SB2.index(octet) for octet in range(256))
# RFC 5794 2.4.3: the octets of x whose sum is each octet of A(x).
_SUMS: Final = tuple(
    tuple(int(digit, 16) for digit in octets)
    for octets in (
        *("34689de", "25789cf", "146abcf", "057abde"),
        *("0258bef", "1349aef", "0279acd", "1368bcd"),
        *("0147adf", "0156bce", "23568df", "23479ce"),
        *("12679bc", "03678ad", "03459be", "12458af"),
    )
)


def encrypt_cbc(octets: bytes, key: bytes, iv: bytes) -> bytes:
    """Return whole blocks of 16 bytes encrypted; a key has 16, 24 or 32 bytes."""
    keys, blocks, previous = _encryption_keys(key), [], int.from_bytes(iv)
    for block in _blocks(octets):
        previous = _crypt(block ^ previous, keys)
        blocks.append(previous)
    return _joined(blocks)


def decrypt_cbc(octets: bytes, key: bytes, iv: bytes) -> bytes:
    """Return whole blocks of 16 bytes decrypted; a key has 16, 24 or 32 bytes."""
    keys, blocks, previous = _decryption_keys(key), [], int.from_bytes(iv)
    for block in _blocks(octets):
        blocks.append(_crypt(block, keys) ^ previous)
        previous = block
    return _joined(blocks)


def _blocks(octets: bytes) -> list[int]:
    starts = range(0, len(octets), BLOCK_BYTES)
    return [int.from_bytes(octets[at : at + BLOCK_BYTES]) for at in starts]


def _joined(blocks: list[int]) -> bytes:
    return b"".join(block.to_bytes(BLOCK_BYTES) for block in blocks)


def _diffuse(block: int) -> int:
    """Apply A (RFC 5794 2.4.3)."""
    octets = block.to_bytes(BLOCK_BYTES)
    sums = bytearray(BLOCK_BYTES)
    for at, terms in enumerate(_SUMS):
        for term in terms:
            sums[at] ^= octets[term]
    return int.from_bytes(sums)


def _table(boxes: tuple[bytes, ...]) -> tuple[tuple[int, ...], ...]:
    """Return what A makes of each octet in each place after its S-box: A is linear."""
    places = []
    for at in range(BLOCK_BYTES):
        shift = 8 * (BLOCK_BYTES - 1 - at)
        bits = [_diffuse(1 << bit << shift) for bit in range(8)]
        images = [0]
        for bit in bits:
            images += [image ^ bit for image in images]
        places.append(tuple(images[octet] for octet in boxes[at % 4]))
    return tuple(places)


_ODD_BOXES: Final = (_SB1, _SB2, _SB3, _SB4)
_EVEN_BOXES: Final = (_SB3, _SB4, _SB1, _SB2)
_ODD: Final = _table(_ODD_BOXES)
_EVEN: Final = _table(_EVEN_BOXES)


def _round(block: int, table: tuple[tuple[int, ...], ...]) -> int:
    """Substitute and diffuse (RFC 5794 2.4.1), the key having been added."""
    mixed = 0
    for images, octet in zip(table, block.to_bytes(BLOCK_BYTES), strict=True):
        mixed ^= images[octet]
    return mixed


def _crypt(block: int, keys: list[int]) -> int:
    """Run all rounds on a block (RFC 5794 2.3)."""
    for number, key in enumerate(keys[:-2]):
        block = _round(block ^ key, _EVEN if number % 2 else _ODD)
    octets = (block ^ keys[-2]).to_bytes(BLOCK_BYTES)
    substituted = bytes(_EVEN_BOXES[at % 4][octet] for at, octet in enumerate(octets))
    return int.from_bytes(substituted) ^ keys[-1]


def _encryption_keys(key: bytes) -> list[int]:
    """Return the round keys (RFC 5794 2.2)."""
    c1, c2, c3 = _CONSTANTS[len(key)]
    left, right = int.from_bytes(key[:16]), int.from_bytes(key[16:].ljust(16, b"\0"))
    w0 = left
    w1 = _round(w0 ^ c1, _ODD) ^ right
    w2 = _round(w1 ^ c2, _EVEN) ^ w0
    w3 = _round(w2 ^ c3, _ODD) ^ w1
    words = (w0, w1, w2, w3)
    keys = [
        words[at] ^ _rotate_right(words[(at + 1) % 4], distance)
        for distance in (19, 31, 128 - 61, 128 - 31, 128 - 19)
        for at in range(4)
    ]
    return keys[: _ROUNDS[len(key)] + 1]


def _decryption_keys(key: bytes) -> list[int]:
    first, *middle, last = reversed(_encryption_keys(key))
    return [first, *map(_diffuse, middle), last]


def _rotate_right(word: int, bits: int) -> int:
    return (word >> bits | word << (128 - bits)) & _MASK
