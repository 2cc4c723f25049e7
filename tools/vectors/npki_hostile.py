"""Broken and hostile key files, PKCS#12 files and certificates, with their codes.

What opens is taken from the files of other programs (npki_key_files.json and
npki_pfx.json) and bent here; the codes are written by hand.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any, Final

from mobile_bridge.npki.encryption.password import written_secret
from mobile_bridge.npki.encryption.pbe import KeyForm, encrypt
from mobile_bridge.npki.key_file import decrypt_key
from mobile_bridge.npki.pfx import read_pfx
from mobile_bridge.pki.der import read
from mobile_bridge.pki.der_writer import (
    bit_string,
    integer,
    null,
    octet_string,
    oid,
    sequence,
    tagged,
    tlv,
)
from tools.vectors.recorded_random import VECTORS

PASSWORD: Final = "qwer1234!@"
SALT: Final = bytes(range(8))
IV: Final = bytes(range(16))
BLOCKS: Final = bytes(48)
SEED_SHA1, SEED_CBC = oid("1.2.410.200004.1.15"), oid("1.2.410.200004.1.4")
PBES2, PBKDF2 = oid("1.2.840.113549.1.5.13"), oid("1.2.840.113549.1.5.12")
SCRYPT, PBMAC1 = oid("1.3.6.1.4.1.11591.4.11"), oid("1.2.840.113549.1.5.14")
AES_256, HMAC_SHA256 = oid("2.16.840.1.101.3.4.1.42"), oid("1.2.840.113549.2.9")
TRIPLE_DES = oid("1.2.840.113549.1.12.1.3")
SHA1, SHA256 = oid("1.3.14.3.2.26"), oid("2.16.840.1.101.3.4.2.1")
DATA, ENCRYPTED_DATA = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.6")
KEY_BAG, SHROUDED_KEY_BAG, CERTIFICATE_BAG, SAFE_CONTENTS_BAG = (
    oid(f"1.2.840.113549.1.12.10.1.{number}") for number in (1, 2, 3, 6)
)
UNKNOWN = oid("2.999.1")
MOST_ROUNDS: Final = 10_000_000
KOREAN_P12: Final = "the p12 of Korean programs, with R"

Content = bytes | tuple[bytes, str]


def npki_hostile() -> dict[str, Any]:
    """Return every case; another password than the usual one stands with it."""
    cases = [
        {
            "what": description,
            "kind": kind,
            "code": code,
            "password": PASSWORD if isinstance(content, bytes) else content[1],
            "content": base64.b64encode(
                content if isinstance(content, bytes) else content[0]
            ).decode(),
        }
        for kind, code, contents in tables()
        for description, content in contents.items()
    ]
    return {"cases": cases}


def tables() -> Iterator[tuple[str, str, dict[str, Content]]]:
    """Give kind, code, and what has this code."""
    yield "key", "key_form", no_key_files()
    yield "key", "key_form", bad_parameters()
    yield "key", "key_unknown", unknown_schemes()
    yield "key", "key_pem_encrypted", keys_of_openssl()
    yield "key", "key_work", too_much_work()
    yield "key", "key_plain", plain_keys()
    yield "key", "file_too_large", {"16 KiB and a byte": bytes(16 * 1024 + 1)}
    yield "key", "wrong_password", wrong_passwords()
    yield "pfx", "pfx_form", no_pfx()
    yield "pfx", "key_unknown", unknown_pfx()
    yield "pfx", "key_work", pfx_with_too_much_work()
    yield "pfx", "file_too_large", {"128 KiB and a byte": bytes(128 * 1024 + 1)}
    yield "pfx", "wrong_password", pfx_with_wrong_password()
    yield "pfx", "pfx_damaged", damaged_pfx()
    yield "certificate", "certificate_form", no_certificates()


# Key files.


def no_key_files() -> dict[str, Content]:
    """Return what is no EncryptedPrivateKeyInfo."""
    file = key_file("PyPinkSign", "rsa-r")
    algorithm, ciphertext = (part.whole for part in read(file).children())
    pem = key_file("openssl", "PEM")
    return {
        "nothing": b"",
        "one octet": b"\x30",
        "zeros": bytes(64),
        "ones": b"\xff" * 64,
        "a text": "인증서 비밀번호는 1234입니다".encode(),
        "a page": b"<!doctype html><title>404</title>",
        "an archive": b"PK\x03\x04" + bytes(40),
        "an empty sequence": sequence(),
        "the first half": file[: len(file) // 2],
        "all but the last octet": file[:-1],
        "one octet more": file + b"\0",
        "twice": file + file,
        "a length of four gigabytes": b"\x30\x84\xff\xff\xff\xff" + file[4:],
        "a length of 126 octets": b"\x30\xfe" + bytes(126),
        "an indefinite length without an end": b"\x30\x80" + file[4:],
        "an end without a start": b"\0\0" + file,
        "sequences in sequences": b"\x30\x80" * 4000,
        "too deep": nested(40),
        "a tag of many octets": b"\x3f\x81\x01" + file[1:],
        "an algorithm alone": sequence(algorithm),
        "three parts": sequence(algorithm, ciphertext, null()),
        "in the wrong order": sequence(ciphertext, algorithm),
        "an algorithm that is a number": sequence(integer(1), ciphertext),
        "an algorithm without a name": sequence(sequence(), ciphertext),
        "a name of no octets": sequence(sequence(b"\x06\x00"), ciphertext),
        "a name that does not end": sequence(sequence(b"\x06\x02\x2a\x86"), ciphertext),
        "a name with zeros before": sequence(
            sequence(b"\x06\x03\x2a\x80\x01"), ciphertext
        ),
        "a ciphertext that is a bit string": sequence(algorithm, bit_string(BLOCKS)),
        "a ciphertext in pieces of another type": sequence(
            algorithm, tlv(0x24, bit_string(BLOCKS))
        ),
        "no ciphertext": sequence(algorithm, octet_string(b"")),
        "a ciphertext of 15 octets": sequence(algorithm, octet_string(bytes(15))),
        "a ciphertext of 47 octets": sequence(algorithm, octet_string(bytes(47))),
        "a certificate": certificate(),
        "a certificate in PEM": pem_of("CERTIFICATE", certificate()),
        "a PKCS#12 file": pfx_file("built", KOREAN_P12),
        "PEM without an end": pem[: pem.index(b"-----END")],
        "PEM with signs that are no base64": pem.replace(b"A", b"*"),
        "PEM of nothing": pem_of("ENCRYPTED PRIVATE KEY", b""),
    }


def bad_parameters() -> dict[str, Content]:
    """Return keys whose parameters are not such."""
    salt, rounds = octet_string(SALT), integer(2048)
    kdf = sequence(PBKDF2, sequence(salt, rounds))
    aes = sequence(AES_256, octet_string(IV))
    scrypt_numbers = (integer(16384), integer(8), integer(1))
    return {
        "form A: no parameters": key(SEED_SHA1),
        "form A: NULL": key(SEED_SHA1, null()),
        "form A: a salt alone": key(SEED_SHA1, sequence(salt)),
        "form A: a third parameter": key(SEED_SHA1, sequence(salt, rounds, null())),
        "form A: a salt that is a number": key(SEED_SHA1, sequence(rounds, rounds)),
        "form A: rounds that are octets": key(SEED_SHA1, sequence(salt, salt)),
        "form A: no rounds": key(SEED_SHA1, sequence(salt, integer(0))),
        "form A: rounds below zero": key(SEED_SHA1, sequence(salt, b"\x02\x01\xff")),
        "form A: rounds of no octets": key(SEED_SHA1, sequence(salt, b"\x02\x00")),
        "form A: rounds with zeros before": key(
            SEED_SHA1, sequence(salt, b"\x02\x03\x00\x08\x00")
        ),
        "form C: no rounds": key(SEED_CBC, sequence(salt, integer(0))),
        "PKCS#12: NULL": key(TRIPLE_DES, null()),
        "PKCS#12: no rounds": key(TRIPLE_DES, sequence(salt, integer(0))),
        "PBES2: no parameters": key(PBES2),
        "PBES2: a KDF alone": key(PBES2, sequence(kdf)),
        "PBES2: a third parameter": key(PBES2, sequence(kdf, aes, null())),
        "PBES2: a KDF without parameters": key(PBES2, sequence(sequence(PBKDF2), aes)),
        "PBES2: an IV of 15 octets": key(
            PBES2, sequence(kdf, sequence(AES_256, octet_string(IV[1:])))
        ),
        "PBES2: an IV of 17 octets": key(
            PBES2, sequence(kdf, sequence(AES_256, octet_string(IV + b"\0")))
        ),
        "PBES2: an IV that is a number": key(
            PBES2, sequence(kdf, sequence(AES_256, integer(1)))
        ),
        "PBKDF2: a salt alone": pbes2(sequence(salt)),
        "PBKDF2: no rounds": pbes2(sequence(salt, integer(0))),
        "PBKDF2: a key of no octets": pbes2(sequence(salt, rounds, integer(0))),
        "PBKDF2: a key length below zero": pbes2(
            sequence(salt, rounds, b"\x02\x01\xe0")
        ),
        "PBKDF2: a PRF before the key length": pbes2(
            sequence(salt, rounds, sequence(HMAC_SHA256, null()), integer(32))
        ),
        "PBKDF2: five parameters": pbes2(
            sequence(salt, rounds, integer(32), sequence(HMAC_SHA256), null())
        ),
        "scrypt: no p": scrypt(salt, *scrypt_numbers[:2]),
        "scrypt: a salt that is a number": scrypt(integer(1), *scrypt_numbers),
        "scrypt: N of zero": scrypt(salt, integer(0), *scrypt_numbers[1:]),
        "scrypt: r of zero": scrypt(salt, integer(16), integer(0), integer(1)),
    }


def unknown_schemes() -> dict[str, Content]:
    """Return keys under what is not read here."""
    salt, rounds = octet_string(SALT), integer(2048)
    parameters = sequence(salt, rounds)
    kdf = sequence(PBKDF2, parameters)
    prf = sequence(oid("1.2.840.113549.2.6"), null())
    return {
        "a name nobody has": key(UNKNOWN, parameters),
        "PBES1 with MD2": key(oid("1.2.840.113549.1.5.1"), parameters),
        "RC4 of PKCS#12": key(oid("1.2.840.113549.1.12.1.1"), parameters),
        "SEED with an IV alone": key(SEED_CBC, octet_string(IV)),
        "another KDF": key(
            PBES2,
            sequence(
                sequence(UNKNOWN, parameters), sequence(AES_256, octet_string(IV))
            ),
        ),
        "another cipher": key(
            PBES2, sequence(kdf, sequence(UNKNOWN, octet_string(IV)))
        ),
        "AES in GCM": key(
            PBES2,
            sequence(
                kdf,
                sequence(
                    oid("2.16.840.1.101.3.4.1.46"),
                    sequence(octet_string(bytes(12)), integer(16)),
                ),
            ),
        ),
        "HMAC with MD5": pbes2(sequence(salt, rounds, prf)),
        "a key length that is not the cipher's": pbes2(
            sequence(salt, rounds, integer(16))
        ),
        "scrypt with a key length that is not the cipher's": scrypt(
            salt, integer(16384), integer(8), integer(1), integer(16)
        ),
        "a salt from another source": pbes2(sequence(kdf, rounds)),
    }


def keys_of_openssl() -> dict[str, Content]:
    """Return keys in PEM that OpenSSL encrypted in its own way."""
    traditional = b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"
    ciphertexts = {
        "a key that only OpenSSL reads": BLOCKS,
        "one whose ciphertext looks like DER": b"\x30\x00",
    }
    return {
        name: b"-----BEGIN RSA PRIVATE KEY-----\n"
        + traditional
        + base64.b64encode(octets)
        + b"\n-----END RSA PRIVATE KEY-----\n"
        for name, octets in ciphertexts.items()
    }


def too_much_work() -> dict[str, Content]:
    """Return keys that would keep a computer busy, or fill it."""
    salt = octet_string(SALT)
    too_many = {
        "a round more than the most": MOST_ROUNDS + 1,
        "2,147,483,647 rounds": 2**31 - 1,
        "rounds of nine octets": 2**64,
        "rounds of 128 octets": 2**1023,
    }
    contents: dict[str, Content] = {}
    for description, rounds in too_many.items():
        parameters = sequence(salt, integer(rounds))
        contents[f"form A: {description}"] = key(SEED_SHA1, parameters)
        contents[f"form C: {description}"] = key(SEED_CBC, parameters)
        contents[f"PKCS#12: {description}"] = key(TRIPLE_DES, parameters)
        contents[f"PBKDF2: {description}"] = pbes2(parameters)
    numbers = {
        "N of a thousand million": (2**30, 8, 1),
        "r of a million": (1024, 2**20, 1),
        "p of a million": (1024, 8, 2**20),
        "a product that is too large": (2**20, 8, 2),
        "N of 100 octets": (2**799, 8, 1),
    }
    for description, (n, r, p) in numbers.items():
        contents[f"scrypt: {description}"] = scrypt(
            salt, integer(n), integer(r), integer(p)
        )
    contents["PBKDF2: a key of a gigabyte"] = pbes2(
        sequence(salt, integer(1), integer(2**30))
    )
    return contents


def plain_keys() -> dict[str, Content]:
    """Return keys that no password protects."""
    plain = private_key_info()
    inside = read(plain).children()[2].content
    return {
        "a PrivateKeyInfo": plain,
        "a PrivateKeyInfo in PEM": pem_of("PRIVATE KEY", plain),
        "an RSA key in PEM": pem_of("RSA PRIVATE KEY", inside),
    }


def wrong_passwords() -> dict[str, Content]:
    """Return keys that no password, or not this one, opens."""
    file = key_file("PyPinkSign", "rsa-r")
    algorithm, ciphertext = (part for part in read(file).children())
    octets = ciphertext.content
    plain = private_key_info()
    return {
        "another password": (file, "qwer1234!"),
        "the password with a blank behind": (file, PASSWORD + " "),
        "the password in capitals": (file, PASSWORD.upper()),
        "no password": (file, ""),
        "a password with a zero": (file, PASSWORD + "\0"),
        "a password of 100,000 signs": (file, "x" * 100_000),
        "a password in another script": (file, "비밀번호1!"),
        "form D: another password": (key_file("node-forge", "rsa aes256"), "guess"),
        "form P: another password": (key_file("node-forge", "rsa 3des"), "guess"),
        "form C: another password": (key_file("built", "form C, 2048 rounds"), "guess"),
        "the last block is another": sequence(
            algorithm.whole, octet_string(octets[:-16] + bytes(16))
        ),
        "the first block is another": sequence(
            algorithm.whole, octet_string(bytes(16) + octets[16:])
        ),
        "another salt": sequence(
            sequence(SEED_SHA1, sequence(octet_string(SALT), integer(2048))),
            ciphertext.whole,
        ),
        "a text under the password": locked(b"hello"),
        "nothing under the password": locked(b""),
        "a certificate under the password": locked(certificate()),
        "half a key under the password": locked(plain[:600]),
        "a key with something behind it under the password": locked(plain + b"\0"),
        "a key of version 7 under the password": locked(
            plain.replace(b"\x02\x01\x00", b"\x02\x01\x07", 1)
        ),
        "a number in place of the key": locked(
            sequence(integer(0), read(plain).children()[1].whole, integer(7))
        ),
        "sequences in sequences under the password": locked(b"\x30\x80" * 2000),
    }


# PKCS#12 files.


def no_pfx() -> dict[str, Content]:
    """Return what is no PKCS#12 file."""
    file = pfx_file("built", KOREAN_P12)
    version, content, mac = (part.whole for part in read(file).children())
    bag = sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()))
    good_mac = mac_data(SHA1, SALT, integer(1))
    return {
        "nothing": b"",
        "one octet": b"\x30",
        "zeros": bytes(64),
        "a text": b"not a file of this kind",
        "an archive": b"PK\x03\x04" + bytes(40),
        "a certificate": certificate(),
        "a key file": key_file("PyPinkSign", "rsa-r"),
        "the first half": file[: len(file) // 2],
        "all but the last octet": file[:-1],
        "one octet more": file + b"\0",
        "sequences in sequences": b"\x30\x80" * 8000,
        "an indefinite length without an end": b"\x30\x80" + file[4:],
        "a length of four gigabytes": b"\x30\x84\xff\xff\xff\xff" + file[4:],
        "version 2": sequence(integer(2), content, mac),
        "a version of nine octets": sequence(integer(2**64), content, mac),
        "a version alone": sequence(version),
        "four parts": sequence(version, content, mac, null()),
        "a content of another type": sequence(version, sequence(UNKNOWN, tagged(0))),
        "a content without a value": sequence(version, sequence(DATA)),
        "a content of two values": sequence(
            version, sequence(DATA, tagged(0, octet_string(b""), octet_string(b"")))
        ),
        "a content that is a number": sequence(
            version, sequence(DATA, tagged(0, integer(1)))
        ),
        "a content of no octets": sequence(version, data(b"")),
        "safes that are no sequence": sequence(version, data(octet_string(b""))),
        "a safe of another type": pfx(sequence(UNKNOWN, tagged(0, null()))),
        "encrypted data of nothing": pfx(sequence(ENCRYPTED_DATA, tagged(0))),
        "encrypted data without content": pfx(
            sequence(ENCRYPTED_DATA, tagged(0, sequence(integer(0))))
        ),
        "encrypted data without a ciphertext": pfx(
            sequence(
                ENCRYPTED_DATA,
                tagged(0, sequence(integer(0), sequence(DATA, seed_sha1()))),
            )
        ),
        "encrypted data that does not fill blocks": pfx(encrypted_data(bytes(15))),
        "encrypted data without rounds": pfx(
            encrypted_data(BLOCKS, seed_sha1(integer(0)))
        ),
        "a bag without a value": pfx_of(sequence(SHROUDED_KEY_BAG)),
        "a bag with two values": pfx_of(
            sequence(SHROUDED_KEY_BAG, tagged(0, shrouded(), shrouded()))
        ),
        "a bag of four parts": pfx_of(
            sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()), tlv(0x31), null())
        ),
        "attributes that are a sequence": pfx_of(
            sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()), sequence())
        ),
        "a key of three parts": pfx_of(
            sequence(
                SHROUDED_KEY_BAG,
                tagged(0, sequence(seed_sha1(), octet_string(BLOCKS), null())),
            )
        ),
        "a key that does not fill blocks": pfx_of(
            sequence(
                SHROUDED_KEY_BAG, tagged(0, sequence(seed_sha1(), octet_string(b"1")))
            )
        ),
        "a key in the clear that is none": pfx_of(
            sequence(KEY_BAG, tagged(0, sequence(integer(0))))
        ),
        "a certificate that is a number": pfx_of(
            sequence(
                CERTIFICATE_BAG,
                tagged(
                    0,
                    sequence(oid("1.2.840.113549.1.9.22.1"), tagged(0, integer(1))),
                ),
            )
        ),
        "safes in safes in safes": pfx_of(nested_safes(6)),
        "a MAC of one part": pfx_of(bag, mac=sequence(sequence())),
        "a MAC without a digest": pfx_of(
            bag, mac=sequence(sequence(sequence(SHA1)), octet_string(SALT))
        ),
        "a MAC with a salt that is a number": pfx_of(
            bag, mac=sequence(read(good_mac).children()[0].whole, integer(1))
        ),
        "a MAC of no rounds": pfx_of(bag, mac=mac_data(SHA1, SALT, integer(0))),
        "a MAC of rounds below zero": pfx_of(
            bag, mac=mac_data(SHA1, SALT, b"\x02\x01\x80")
        ),
        "a MAC of four parts": pfx_of(
            bag, mac=mac_data(SHA1, SALT, integer(1), null())
        ),
        "PBMAC1 without a key length": pfx_of(bag, mac=pbmac1(b"")),
        "PBMAC1 with a key of 19 octets": pfx_of(bag, mac=pbmac1(integer(19))),
        "PBMAC1 without parameters": pfx_of(
            bag, mac=mac_data(PBMAC1, SALT, integer(1))
        ),
    }


def unknown_pfx() -> dict[str, Content]:
    """Return files under what is not read here."""
    bag = sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()))
    scheme = sequence(UNKNOWN, sequence(octet_string(SALT), integer(1)))
    return {
        "signed by a key": sequence(
            integer(3),
            sequence(oid("1.2.840.113549.1.7.2"), tagged(0, sequence())),
        ),
        "enveloped for a key": pfx(
            sequence(oid("1.2.840.113549.1.7.3"), tagged(0, sequence()))
        ),
        "a MAC with a digest nobody has": pfx_of(
            bag, mac=mac_data(UNKNOWN, SALT, integer(1))
        ),
        "a MAC with MD5": pfx_of(
            bag, mac=mac_data(oid("1.2.840.113549.2.5"), SALT, integer(1))
        ),
        "PBMAC1 with a PRF nobody has": pfx_of(
            bag, mac=pbmac1(integer(32), prf=UNKNOWN)
        ),
        "a safe under a scheme nobody has": pfx(encrypted_data(BLOCKS, scheme)),
        "a key under a scheme nobody has": pfx_of(
            sequence(
                SHROUDED_KEY_BAG, tagged(0, sequence(scheme, octet_string(BLOCKS)))
            )
        ),
    }


def pfx_with_too_much_work() -> dict[str, Content]:
    """Return files that would keep a computer busy."""
    bag = sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()))
    too_many = integer(MOST_ROUNDS + 1)
    many = sequence(SHROUDED_KEY_BAG, tagged(0, shrouded(integer(9_000_000))))
    return {
        "a MAC of too many rounds": pfx_of(bag, mac=mac_data(SHA1, SALT, too_many)),
        "a MAC of rounds of nine octets": pfx_of(
            bag, mac=mac_data(SHA1, SALT, integer(2**64))
        ),
        "PBMAC1 of too many rounds": pfx_of(
            bag, mac=pbmac1(integer(32), rounds=too_many)
        ),
        "a key of too many rounds": pfx_of(
            sequence(SHROUDED_KEY_BAG, tagged(0, shrouded(too_many)))
        ),
        "a safe of too many rounds": pfx(encrypted_data(BLOCKS, seed_sha1(too_many))),
        "keys that are too many rounds together": pfx_of(many, many, many),
        "safes that are too many rounds together": pfx(
            *[encrypted_data(BLOCKS, seed_sha1(integer(9_000_000)))] * 3
        ),
    }


def pfx_with_wrong_password() -> dict[str, Content]:
    """Return files that no password, or not this one, opens."""
    file = pfx_file("built", KOREAN_P12)
    encrypted = pfx_file("openssl", "as it does by itself")
    return {
        "another password": (file, "qwer1234!"),
        "no password": (file, ""),
        "a password in another script": (file, "비밀번호1!"),
        "all encrypted: another password": (encrypted, "qwer1234!"),
        "no MAC: another password": (pfx_file("openssl", "-nomac"), "qwer1234!"),
        "PBMAC1: another password": (pfx_file("built", "PBMAC1 with SHA-256"), "guess"),
        "a safe of zeros": pfx(encrypted_data(BLOCKS)),
        "a key of zeros": pfx_of(sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()))),
        "a key in the clear under a MAC of zeros": pfx_of(
            sequence(KEY_BAG, tagged(0, private_key_info())),
            mac=mac_data(SHA1, SALT, integer(1)),
        ),
    }


def damaged_pfx() -> dict[str, Content]:
    """Return files whose password is right, but which were changed."""
    file = pfx_file("built", KOREAN_P12)
    version, content, mac = read(file).children()
    digest_info, salt, rounds = mac.children()
    algorithm, digest = digest_info.children()
    der = certificate()

    def with_mac(*parts: bytes) -> bytes:
        return sequence(version.whole, content.whole, sequence(*parts))

    changed = bytearray(file)
    changed[changed.index(der) + len(der) - 1] ^= 1
    encrypted = bytearray(pfx_file("openssl", "as it does by itself"))
    encrypted[-1 - len(integer(2048)) - 2 - 8] ^= 1  # the end of its MAC
    return {
        "a certificate that was changed": bytes(changed),
        "a MAC of zeros": with_mac(
            sequence(algorithm.whole, octet_string(bytes(len(digest.content)))),
            *(salt.whole, rounds.whole),
        ),
        "a MAC that was cut": with_mac(
            sequence(algorithm.whole, octet_string(digest.content[:10])),
            *(salt.whole, rounds.whole),
        ),
        "a MAC with an octet more": with_mac(
            sequence(algorithm.whole, octet_string(digest.content + b"\0")),
            *(salt.whole, rounds.whole),
        ),
        "a MAC with another salt": with_mac(
            digest_info.whole, octet_string(SALT), rounds.whole
        ),
        "a MAC with other rounds": with_mac(digest_info.whole, salt.whole, integer(7)),
        "all encrypted: a MAC that was changed": bytes(encrypted),
    }


def no_certificates() -> dict[str, Content]:
    """Return what is no certificate."""
    der = certificate()
    tbs, algorithm, signature = (part.whole for part in read(der).children())
    return {
        "nothing": b"",
        "a text": b"not a certificate",
        "zeros": bytes(200),
        "the first half": der[: len(der) // 2],
        "all but the last octet": der[:-1],
        "one octet more": der + b"\0",
        "a key file": key_file("PyPinkSign", "rsa-r"),
        "a PKCS#12 file": pfx_file("built", KOREAN_P12),
        "no signature": sequence(tbs, algorithm),
        "nothing that is signed": sequence(sequence(), algorithm, signature),
        "sequences in sequences": b"\x30\x80" * 4000,
        "too deep": nested(40),
        "a length of four gigabytes": b"\x30\x84\xff\xff\xff\xff" + der[4:],
    }


# What they are made of.


def key(name: bytes, *parameters: bytes) -> bytes:
    """Return an EncryptedPrivateKeyInfo of zeros under an algorithm."""
    return sequence(sequence(name, *parameters), octet_string(BLOCKS))


def pbes2(kdf_parameters: bytes) -> bytes:
    """Return a key under AES-256 with PBKDF2."""
    kdf = sequence(PBKDF2, kdf_parameters)
    return key(PBES2, sequence(kdf, sequence(AES_256, octet_string(IV))))


def scrypt(*parameters: bytes) -> bytes:
    """Return a key under AES-256 with scrypt."""
    kdf = sequence(SCRYPT, sequence(*parameters))
    return key(PBES2, sequence(kdf, sequence(AES_256, octet_string(IV))))


def locked(plain: bytes) -> bytes:
    """Return octets under the password, as if they were a key."""
    numbers = count(1)
    algorithm, ciphertext = encrypt(
        *(plain, written_secret(PASSWORD), KeyForm.A),
        random=lambda size: bytes(next(numbers) for _ in range(size)),
        rounds=2048,
    )
    return sequence(algorithm, octet_string(ciphertext))


def seed_sha1(rounds: bytes = b"") -> bytes:
    """Return the AlgorithmIdentifier of form A."""
    return sequence(SEED_SHA1, sequence(octet_string(SALT), rounds or integer(1)))


def shrouded(rounds: bytes = b"") -> bytes:
    """Return a key of zeros in form A."""
    return sequence(seed_sha1(rounds), octet_string(BLOCKS))


def encrypted_data(ciphertext: bytes, algorithm: bytes = b"") -> bytes:
    """Return a ContentInfo of encrypted data."""
    inside = sequence(DATA, algorithm or seed_sha1(), tlv(0x80, ciphertext))
    return sequence(ENCRYPTED_DATA, tagged(0, sequence(integer(0), inside)))


def data(content: bytes) -> bytes:
    """Return a ContentInfo of plain data."""
    return sequence(DATA, tagged(0, octet_string(content)))


def pfx(*infos: bytes, mac: bytes = b"") -> bytes:
    """Return a PFX of some safes."""
    return sequence(integer(3), data(sequence(*infos)), mac)


def pfx_of(*bags: bytes, mac: bytes = b"") -> bytes:
    """Return a PFX of one safe with some bags."""
    return pfx(data(sequence(*bags)), mac=mac)


def nested_safes(depth: int) -> bytes:
    """Return a bag of safes in safes."""
    bag = sequence(SHROUDED_KEY_BAG, tagged(0, shrouded()))
    for _ in range(depth):
        bag = sequence(SAFE_CONTENTS_BAG, tagged(0, sequence(bag)))
    return bag


def mac_data(digest: bytes, salt: bytes, *rounds: bytes) -> bytes:
    """Return a MacData of zeros."""
    info = sequence(sequence(digest, null()), octet_string(bytes(20)))
    return sequence(info, octet_string(salt), *rounds)


def pbmac1(length: bytes, *, prf: bytes = HMAC_SHA256, rounds: bytes = b"") -> bytes:
    """Return a MacData with PBMAC1 over octets that nobody has."""
    kdf = sequence(
        PBKDF2,
        sequence(
            *(octet_string(SALT), rounds or integer(1), length),
            sequence(HMAC_SHA256, null()),
        ),
    )
    algorithm = sequence(PBMAC1, sequence(kdf, sequence(prf, null())))
    digest = hmac.digest(SALT, SALT, hashlib.sha256)
    return sequence(
        sequence(algorithm, octet_string(digest)), octet_string(SALT), integer(1)
    )


def nested(depth: int) -> bytes:
    """Return sequences in sequences."""
    octets = b""
    for _ in range(depth):
        octets = sequence(octets)
    return octets


def pem_of(label: str, der: bytes) -> bytes:
    """Return PEM (RFC 7468)."""
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


@cache
def recorded(name: str) -> Any:
    """Return the cases of another file of vectors."""
    return json.loads((VECTORS / name).read_text("utf-8"))["cases"]


def key_file(program: str, description: str) -> bytes:
    """Return a key file of another program."""
    return _recorded_file("npki_key_files.json", program, description)


def pfx_file(program: str, description: str) -> bytes:
    """Return a PKCS#12 file of another program."""
    return _recorded_file("npki_pfx.json", program, description)


def private_key_info() -> bytes:
    """Return a key with R."""
    return decrypt_key(key_file("PyPinkSign", "rsa-r"), PASSWORD)


def certificate() -> bytes:
    """Return a certificate."""
    return read_pfx(pfx_file("built", KOREAN_P12), PASSWORD).certificates[0].der


def _recorded_file(name: str, program: str, description: str) -> bytes:
    (case,) = (
        c for c in recorded(name) if (c["by"], c["what"]) == (program, description)
    )
    return base64.b64decode(case["file"])
