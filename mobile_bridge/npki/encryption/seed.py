"""SEED-128 in CBC mode (RFC 4269), on whole blocks. JavaScript twin: seed.js."""

from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import SEED
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK_BYTES: Final = 16
KEY_BYTES: Final = 16


def encrypt_cbc(octets: bytes, key: bytes, iv: bytes) -> bytes:
    """Return whole blocks of 16 bytes encrypted."""
    context = Cipher(SEED(key), CBC(iv)).encryptor()
    return context.update(octets) + context.finalize()


def decrypt_cbc(octets: bytes, key: bytes, iv: bytes) -> bytes:
    """Return whole blocks of 16 bytes decrypted."""
    context = Cipher(SEED(key), CBC(iv)).decryptor()
    return context.update(octets) + context.finalize()
