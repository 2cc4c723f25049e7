"""The block ciphers of key files, in CBC mode with the padding of PKCS#7.

Ciphers with a weakness are here to read what exists. Standard: RFC 5652 6.3 (padding).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from Cryptodome.Cipher import ARC2
from Cryptodome.Cipher import DES as DES_CBC
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as Context
from cryptography.hazmat.primitives.ciphers import CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from mobile_bridge.npki.encryption import aria, seed

# Octets, key and IV to as many octets.
Transform = Callable[[bytes, bytes, bytes], bytes]
LazyIv = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class CbcCipher:
    """A block cipher in CBC mode, for keys of one size."""

    key_bytes: int
    block_bytes: int
    encrypt_blocks: Transform
    decrypt_blocks: Transform

    def encrypt(self, plain: bytes, key: bytes, iv: bytes) -> bytes:
        """Return the padded octets encrypted."""
        padder = PKCS7(8 * self.block_bytes).padder()
        return self.encrypt_blocks(padder.update(plain) + padder.finalize(), key, iv)

    def decrypt(self, ciphertext: bytes, key: bytes, iv: LazyIv) -> bytes | None:
        """Return whole blocks decrypted and without padding; None if that is wrong.

        The IV may take as long to derive as the key, and a wrong password shows
        without it where there are two blocks.
        """
        before, last = self._ends(ciphertext)
        if before and self._unpadded(self.decrypt_blocks(last, key, before)) is None:
            return None
        return self._unpadded(self.decrypt_blocks(ciphertext, key, iv()))

    def _ends(self, ciphertext: bytes) -> tuple[bytes, bytes]:
        """Return the last two blocks; the first of them is empty if there is one."""
        size = self.block_bytes
        return ciphertext[-2 * size : -size], ciphertext[-size:]

    def _unpadded(self, padded: bytes) -> bytes | None:
        unpadder = PKCS7(8 * self.block_bytes).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            return None


def _run(context: CipherContext, octets: bytes) -> bytes:
    return context.update(octets) + context.finalize()


def _of_cryptography(
    algorithm: Callable[[bytes], Any], key_bytes: int, block_bytes: int
) -> CbcCipher:
    return CbcCipher(
        key_bytes,
        block_bytes,
        lambda octets, key, iv: _run(
            Context(algorithm(key), CBC(iv)).encryptor(), octets
        ),
        lambda octets, key, iv: _run(
            Context(algorithm(key), CBC(iv)).decryptor(), octets
        ),
    )


def _of_cryptodome(create: Callable[[bytes, bytes], Any], key_bytes: int) -> CbcCipher:
    return CbcCipher(
        key_bytes,
        8,
        lambda octets, key, iv: bytes(create(key, iv).encrypt(octets)),
        lambda octets, key, iv: bytes(create(key, iv).decrypt(octets)),
    )


def _des(key: bytes, iv: bytes) -> Any:
    return DES_CBC.new(key, DES_CBC.MODE_CBC, iv=iv)  # noqa: S304 (read only)


def rc2(key_bytes: int, effective_bits: int) -> CbcCipher:
    """Return RC2 (RFC 2268), with 40 to 1,024 effective bits."""
    effective: Any = {"effective_keylen": effective_bits}
    return _of_cryptodome(
        lambda key, iv: ARC2.new(key, ARC2.MODE_CBC, iv, **effective),  # noqa: S304
        key_bytes,
    )


def _two_keys(key: bytes) -> TripleDES:
    return TripleDES(key + key[:8])


AES_128: Final = _of_cryptography(AES, 16, 16)
AES_192: Final = _of_cryptography(AES, 24, 16)
AES_256: Final = _of_cryptography(AES, 32, 16)
ARIA_128, ARIA_192, ARIA_256 = (
    CbcCipher(size, aria.BLOCK_BYTES, aria.encrypt_cbc, aria.decrypt_cbc)
    for size in (16, 24, 32)
)
DES: Final = _of_cryptodome(_des, 8)
RC2_40: Final = rc2(5, 40)
RC2_64: Final = rc2(8, 64)
RC2_128: Final = rc2(16, 128)
SEED: Final = CbcCipher(
    seed.KEY_BYTES, seed.BLOCK_BYTES, seed.encrypt_cbc, seed.decrypt_cbc
)
TRIPLE_DES: Final = _of_cryptography(TripleDES, 24, 8)
TRIPLE_DES_TWO_KEYS: Final = _of_cryptography(_two_keys, 16, 8)
