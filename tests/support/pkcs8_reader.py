"""A reader of encrypted keys that shares nothing with ours."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from pyasn1.codec.der.decoder import decode
from pyasn1_alt_modules import rfc5958, rfc8018


def decrypt_pbes2(encrypted: bytes, password: str) -> bytes:
    """Decrypt an EncryptedPrivateKeyInfo by the letter of RFC 8018."""
    info, rest = decode(encrypted, asn1Spec=rfc5958.EncryptedPrivateKeyInfo())
    assert rest == b""
    pbes2, _ = decode(
        info["encryptionAlgorithm"]["parameters"], asn1Spec=rfc8018.PBES2_params()
    )
    kdf, _ = decode(
        pbes2["keyDerivationFunc"]["parameters"], asn1Spec=rfc8018.PBKDF2_params()
    )
    iv, _ = decode(pbes2["encryptionScheme"]["parameters"])
    assert str(kdf["prf"]["algorithm"]) == str(rfc8018.id_hmacWithSHA256)
    derivation = PBKDF2HMAC(
        algorithm=hashes.SHA256(),
        length=32,
        salt=bytes(kdf["salt"]["specified"]),
        iterations=int(kdf["iterationCount"]),
    )
    key = derivation.derive(password.encode())
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(iv))).decryptor()
    padded = decryptor.update(bytes(info["encryptedData"])) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
