"""Write tests/vectors/npki_key_files.json and npki_pfx.json: what other programs make.

`python -m tests.interop.make_npki_vectors`, where openssl 3 with its legacy provider,
keytool, pk12util, certtool, node and PyPinkSign are. What none of them writes (form C,
PBMAC1, the p12 of Korean programs) is put together here from openssl's primitives and
pyasn1, and not from the code that reads it. Each run draws new salts.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pyasn1.codec.der.encoder import encode
from pyasn1.type import char, namedtype, tag, univ

from tests.support.bridge import VECTORS
from tests.support.external_verifiers import pinksign
from tests.support.page_modules import INTEROP, PFX, PFX_PASSWORD, run

PASSWORD: Final = "qwer1234!@"
KOREAN: Final = "비밀번호1!"
LEGACY: Final = ("-provider", "legacy", "-provider", "default")
R: Final = bytes(range(1, 21))
RANDOM_NUMBER: Final = "1.2.410.200004.10.1.1.3"
NAME: Final = "김하나(KIM HANA)0000001234"

Case = dict[str, Any]


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_material(folder)
        write("npki_key_files.json", {"cases": list(key_files(folder))})
        write("npki_pfx.json", {"cases": list(pfx_files(folder))})


def write(name: str, content: dict[str, Any]) -> None:
    """Write one file of vectors."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (VECTORS / name).write_text(text + "\n", "utf-8")


def make_material(folder: Path) -> None:
    """Make keys, as PrivateKeyInfo with and without R, and certificates."""
    for name, options in {
        "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "ed25519": ("-algorithm", "ED25519"),
        "ca": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    }.items():
        pem, der = folder / f"{name}.pem", folder / f"{name}.der"
        run("openssl", "genpkey", *options, "-out", pem)
        run(
            *("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", pem),
            *("-outform", "DER", "-out", der),
        )
    for name in ("rsa", "ec"):
        plain = (folder / f"{name}.der").read_bytes()
        (folder / f"{name}-r.der").write_bytes(with_random_number(plain))
    bare = (folder / "rsa.der").read_bytes().hex()
    carrying = pinksign("inject_random_number", plain=bare, r=R.hex())
    (folder / "rsa-pinksign.der").write_bytes(bytes.fromhex(carrying["plain"]))
    make_certificates(folder)


def make_certificates(folder: Path) -> None:
    """Issue one certificate a key from a CA."""
    ca = folder / "ca-cert.pem"
    run(
        *("openssl", "req", "-x509", "-key", folder / "ca.pem", "-out", ca),
        *("-subj", "/C=KR/O=test/CN=Test CA", "-days", "3650", "-utf8"),
    )
    for name in ("rsa", "ec", "ed25519"):
        request = folder / f"{name}.csr"
        run(
            *("openssl", "req", "-new", "-key", folder / f"{name}.pem", "-utf8"),
            *("-subj", f"/C=KR/O=test/CN={NAME}", "-out", request),
        )
        run(
            *("openssl", "x509", "-req", "-in", request, "-CA", ca),
            *("-CAkey", folder / "ca.pem", "-days", "3000"),
            *("-out", folder / f"{name}-cert.pem"),
        )
    for name in ("rsa", "ec", "ed25519", "ca"):
        pem = folder / f"{name}-cert.pem"
        der = pem.with_suffix(".der")
        run("openssl", "x509", "-in", pem, "-outform", "DER", "-out", der)


# Key files.


def key_files(folder: Path) -> Iterator[Case]:
    """Give key files of every form."""
    yield from openssl_keys(folder)
    yield from certtool_keys(folder)
    yield from forge_keys(folder)
    yield from pinksign_keys(folder)
    yield from built_keys(folder)


def key_case(
    description: str, program: str, file: bytes, plain: bytes, **more: Any
) -> Case:
    """Return one case; `form` and perhaps `password` come in `more`."""
    return {
        "what": description,
        "by": program,
        "password": PASSWORD,
        **more,
        "private_key_info_sha256": hashlib.sha256(plain).hexdigest(),
        "random_number": random_number(plain),
        "file": base64.b64encode(file).decode(),
    }


def openssl_keys(folder: Path) -> Iterator[Case]:
    """Give what `openssl pkcs8` writes."""
    options: list[tuple[str, str, tuple[str, ...]]] = [
        ("D", "rsa", ("-v2", cipher))
        for cipher in ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3", "des")
    ]
    options += [("B", "rsa", ("-v2", "seed")), ("D", "ec", ("-v2", "aria-192-cbc"))]
    options += [("D", "rsa", ("-v2", f"aria-{bits}-cbc")) for bits in (128, 256)]
    options += [
        ("D", "ec", ("-v2", "aes-256-cbc", "-v2prf", f"hmacWithSHA{bits}"))
        for bits in ("1", "224", "256", "384", "512", "512-224", "512-256")
    ]
    options += [("B", "ec", ("-v2", "seed", "-v2prf", "hmacWithSHA512"))]
    options += [("D", "rsa", ("-scrypt",)), ("D", "ed25519", ("-v2", "aes-256-cbc"))]
    options += [
        ("P", "ec", ("-v1", f"PBE-{name}"))
        for name in (
            *("MD5-DES", "SHA1-DES", "MD5-RC2-64", "SHA1-RC2-64"),
            *("SHA1-3DES", "SHA1-2DES", "SHA1-RC2-40", "SHA1-RC2-128"),
        )
    ]
    for form, key, arguments in options:
        plain = (folder / f"{key}.der").read_bytes()
        file = openssl_pkcs8(folder, key, PASSWORD.encode(), *arguments)
        yield key_case(
            f"{key} {' '.join(arguments)}", "openssl", file, plain, form=form
        )
    plain = (folder / "ec.der").read_bytes()
    for name, secret in (("utf-8", KOREAN.encode()), ("cp949", KOREAN.encode("cp949"))):
        for form, arguments in (("D", ("-v2", "aes-256-cbc")), ("B", ("-v2", "seed"))):
            file = openssl_pkcs8(folder, "ec", secret, *arguments)
            description = f"a password in {name}, {arguments[1]}"
            yield key_case(
                description, "openssl", file, plain, form=form, password=KOREAN
            )
    file = openssl_pkcs8(folder, "ec", KOREAN.encode(), "-v1", "PBE-SHA1-3DES")
    description = "PBE-SHA1-3DES, a password in utf-8"
    yield key_case(description, "openssl", file, plain, form="P", password=KOREAN)
    pem = openssl_pkcs8(
        folder, "rsa", PASSWORD.encode(), "-v2", "aes-256-cbc", outform="PEM"
    )
    plain = (folder / "rsa.der").read_bytes()
    yield key_case("PEM", "openssl", pem, plain, form="D")


def openssl_pkcs8(
    folder: Path, key: str, secret: bytes, *arguments: str, outform: str = "DER"
) -> bytes:
    """Let openssl encrypt a key."""
    (folder / "secret").write_bytes(secret)
    run(
        *("openssl", "pkcs8", "-topk8", *LEGACY, "-in", folder / f"{key}.pem"),
        *("-outform", outform, "-out", folder / "out"),
        *("-passout", f"file:{folder / 'secret'}", *arguments),
    )
    return (folder / "out").read_bytes()


def certtool_keys(folder: Path) -> Iterator[Case]:
    """Give what GnuTLS writes."""
    for cipher, form in (("aes-128", "D"), ("aes-192", "D"), ("3des-pkcs12", "P")):
        run(
            *("certtool", "--to-p8", "--load-privkey", folder / "ec.pem"),
            *("--pkcs-cipher", cipher, "--password", PASSWORD, "--outder"),
            *("--outfile", folder / "out"),
        )
        # GnuTLS writes the key anew; openssl says what is inside.
        file = (folder / "out").read_bytes()
        plain = opened_with_openssl(folder / "out")
        yield key_case(f"ec {cipher}", "certtool", file, plain, form=form)


def opened_with_openssl(path: Path) -> bytes:
    """Return the plaintext under PBES2 or a scheme of PKCS#12, by openssl asn1parse."""
    return run("node", INTEROP / "open_with_forge.mjs", path, PASSWORD)


def forge_keys(folder: Path) -> Iterator[Case]:
    """Give what node-forge writes; it keeps the bytes, and so R."""
    for algorithm, form in (("aes128", "D"), ("aes256", "D"), ("3des", "P")):
        path = folder / "rsa-r.der"
        file = run("node", INTEROP / "lock_with_forge.mjs", path, PASSWORD, algorithm)
        plain = path.read_bytes()
        yield key_case(f"rsa {algorithm}", "node-forge", file, plain, form=form)


def pinksign_keys(folder: Path) -> Iterator[Case]:
    """Give what PyPinkSign writes: form A."""
    for key in ("rsa", "rsa-r", "rsa-pinksign", "ec-r"):
        plain = (folder / f"{key}.der").read_bytes()
        locked = pinksign("encrypt_key", plain=plain.hex(), password=PASSWORD)
        file = bytes.fromhex(locked["key_file"])
        yield key_case(key, "PyPinkSign", file, plain, form="A")
    locked = pinksign("encrypt_key", plain=plain.hex(), password=KOREAN)
    file = bytes.fromhex(locked["key_file"])
    description = "a password in utf-8"
    yield key_case(description, "PyPinkSign", file, plain, form="A", password=KOREAN)


def built_keys(folder: Path) -> Iterator[Case]:
    """Give what no program here writes."""
    plain = (folder / "rsa-r.der").read_bytes()
    salt, iv = secrets.token_bytes(8), b"0123456789012345"
    oid = "1.2.410.200004.1.4"

    def pbkdf1(secret: bytes, rounds: int) -> bytes:
        derived = secret + salt
        for _ in range(rounds):
            derived = hashlib.sha1(derived).digest()
        return derived

    for rounds in (1, 1024, 2048):
        key = pbkdf1(PASSWORD.encode(), rounds)[:16]
        algorithm = identifier(oid, sequence(octets(salt), univ.Integer(rounds)))
        file = locked_key(algorithm, seed(key, iv, plain))
        yield key_case(f"form C, {rounds} rounds", "built", file, plain, form="C")
    key = hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), salt, 2048, 16)
    file = locked_key(algorithm, seed(key, iv, plain))
    yield key_case("form C with PBKDF2", "built", file, plain, form="C")
    for secret in (KOREAN.encode("cp949"),):
        derived = pbkdf1(secret, 1024)
        own_iv = hashlib.sha1(derived[16:]).digest()[:16]
        algorithm = identifier(
            "1.2.410.200004.1.15", sequence(octets(salt), univ.Integer(1024))
        )
        file = locked_key(algorithm, seed(derived[:16], own_iv, plain))
        description = "a password in cp949, 1024 rounds"
        yield key_case(description, "built", file, plain, form="A", password=KOREAN)
    kdf = identifier(
        "1.2.840.113549.1.5.12", sequence(octets(salt), univ.Integer(2048))
    )
    own_iv = secrets.token_bytes(16)
    algorithm = identifier(
        "1.2.840.113549.1.5.13", sequence(kdf, identifier(oid, octets(own_iv)))
    )
    file = locked_key(algorithm, seed(key, own_iv, plain))
    yield key_case("PBES2 with SEED, PRF absent", "built", file, plain, form="B")
    other = encode(
        sequence(
            *(univ.Integer(0), identifier("2.999.1", univ.Null(""))),
            octets(secrets.token_bytes(64)),
        )
    )
    file = locked_key(algorithm, seed(key, own_iv, other))
    yield key_case("a key of another kind", "built", file, other, form="B")


def seed(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Encrypt with openssl's SEED."""
    return enc("-seed-cbc", key, iv, plain)


def enc(cipher: str, key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Encrypt with openssl."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(plain)
        file.flush()
        return run(
            *("openssl", "enc", *LEGACY, cipher, "-K", key.hex(), "-iv", iv.hex()),
            *("-in", file.name),
        )


# PKCS#12 files.


def pfx_files(folder: Path) -> Iterator[Case]:
    """Give PKCS#12 files in every encryption seen."""
    yield from openssl_pfx(folder)
    yield from other_pfx(folder)
    yield from built_pfx(folder)
    yield from kept_pfx()


def pfx_case(
    *,
    description: str,
    program: str,
    file: bytes,
    keys: list[bytes] | None,
    certificates: list[bytes],
    name: str | None = None,
    password: str = PASSWORD,
) -> Case:
    """Return one case; keys None are not compared, because a program rewrote them."""
    return {
        "what": description,
        "by": program,
        "password": password,
        "keys": None
        if keys is None
        else [
            {
                "private_key_info_sha256": hashlib.sha256(key).hexdigest(),
                "random_number": random_number(key),
            }
            for key in keys
        ],
        "certificates_sha256": sorted(
            hashlib.sha256(certificate).hexdigest() for certificate in certificates
        ),
        "friendly_name": name,
        "file": base64.b64encode(file).decode(),
    }


def openssl_pfx(folder: Path) -> Iterator[Case]:
    """Give what `openssl pkcs12 -export` writes."""
    options: list[tuple[str, ...]] = [
        (),
        ("-legacy",),
        ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "NONE", "-macalg", "sha1"),
        ("-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"),
        ("-keypbe", "SEED-CBC", "-certpbe", "SEED-CBC"),
        ("-keypbe", "ARIA-256-CBC", "-certpbe", "ARIA-128-CBC"),
        ("-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha512"),
        ("-keypbe", "NONE", "-certpbe", "NONE"),
        ("-keypbe", "NONE", "-certpbe", "AES-256-CBC"),
        ("-macalg", "sha1"),
        ("-macalg", "sha224"),
        ("-macalg", "sha384"),
        ("-macalg", "sha512"),
        ("-macalg", "sha512-256"),
        ("-nomac",),
        ("-noiter", "-nomaciter"),
        ("-iter", "1024", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40"),
    ]
    for arguments in options:
        description = " ".join(arguments) or "as it does by itself"
        yield exported(
            folder, "rsa", PASSWORD.encode(), arguments, description=description
        )
    yield exported(folder, "ec", PASSWORD.encode(), (), description="a key on a curve")
    yield exported(
        folder, "ed25519", PASSWORD.encode(), (), description="an Ed25519 key"
    )
    yield exported(folder, "ec", b"", (), description="an empty password", password="")
    chain = ("-certfile", str(folder / "ca-cert.pem"))
    case = exported(
        folder, "ec", PASSWORD.encode(), chain, description="with its issuer"
    )
    ca = (folder / "ca-cert.der").read_bytes()
    case["certificates_sha256"] = sorted(
        [*case["certificates_sha256"], hashlib.sha256(ca).hexdigest()]
    )
    yield case
    for encoding in ("utf-8", "cp949"):
        for arguments in ((), ("-legacy",)):
            description = f"a password in {encoding} {' '.join(arguments)}".strip()
            secret = KOREAN.encode(encoding)
            yield exported(
                folder,
                "ec",
                secret,
                arguments,
                description=description,
                password=KOREAN,
            )


def exported(
    folder: Path,
    key: str,
    secret: bytes,
    arguments: tuple[str, ...],
    *,
    description: str,
    password: str = PASSWORD,
) -> Case:
    """Let openssl write one key and its certificate."""
    (folder / "secret").write_bytes(secret + b"\n")
    run(
        *("openssl", "pkcs12", "-export", *LEGACY, "-inkey", folder / f"{key}.pem"),
        *("-in", folder / f"{key}-cert.pem", "-out", folder / "out"),
        *("-name", "김하나", "-passout", f"file:{folder / 'secret'}", *arguments),
    )
    return pfx_case(
        description=description,
        program="openssl",
        file=(folder / "out").read_bytes(),
        keys=[(folder / f"{key}.der").read_bytes()],
        certificates=[(folder / f"{key}-cert.der").read_bytes()],
        name="김하나",
        password=password,
    )


def other_pfx(folder: Path) -> Iterator[Case]:
    """Give what Java, NSS, GnuTLS and node-forge write."""
    certificate = (folder / "rsa-cert.der").read_bytes()
    exported(folder, "rsa", PASSWORD.encode(), (), description="for keytool and NSS")
    source = folder / "source.p12"
    source.write_bytes((folder / "out").read_bytes())
    plain = [(folder / "rsa.der").read_bytes()]
    ways: dict[str, tuple[str, ...]] = {
        "as it does by itself": (),
        "keystore.pkcs12.legacy": ("-J-Dkeystore.pkcs12.legacy",),
    }
    for description, options in ways.items():
        (folder / "java.p12").unlink(missing_ok=True)
        run(
            *("keytool", *options, "-importkeystore"),
            *("-srckeystore", source),
            *("-srcstoretype", "PKCS12", "-deststoretype", "PKCS12"),
            *("-srcstorepass", PASSWORD, "-deststorepass", PASSWORD),
            *("-destkeystore", folder / "java.p12", "-noprompt"),
        )
        yield pfx_case(
            description=description,
            program="keytool",
            file=(folder / "java.p12").read_bytes(),
            keys=plain,
            certificates=[certificate],
            name="김하나",
        )
    yield from nss_pfx(folder, source, certificate)
    for cipher in ("aes-256", "3des-pkcs12"):
        run(
            *("certtool", "--to-p12", "--load-privkey", folder / "rsa.pem"),
            *("--load-certificate", folder / "rsa-cert.pem", "--p12-name", "김하나"),
            *("--pkcs-cipher", cipher, "--password", PASSWORD, "--outder"),
            *("--outfile", folder / "out"),
        )
        yield pfx_case(
            description=cipher,
            program="certtool",
            file=(folder / "out").read_bytes(),
            keys=None,
            certificates=[certificate],  # its name is written as no BMPString
        )
    for algorithm in ("3des", "aes256"):
        file = run(
            *("node", INTEROP / "export_with_forge.mjs", folder / "rsa.pem"),
            *(folder / "rsa-cert.pem", PASSWORD, algorithm),
        )
        case = pfx_case(
            description=algorithm,
            program="node-forge",
            file=file,
            keys=None,
            certificates=[],
            name="hana",
        )
        case["certificates_sha256"] = None  # it writes certificates anew too
        yield case


def nss_pfx(folder: Path, source: Path, certificate: bytes) -> Iterator[Case]:
    """Give what pk12util writes: BER, in pieces."""
    database = folder / "nss"
    database.mkdir()
    run("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    run("pk12util", "-i", source, "-d", f"sql:{database}", "-W", PASSWORD)
    for cipher, certificates in (
        ("AES-256-CBC", "AES-128-CBC"),
        ("PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "none"),
        (
            "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC",
            "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC",
        ),
    ):
        (folder / "out").unlink(missing_ok=True)
        run(
            *("pk12util", "-o", folder / "out", "-n", "김하나", "-d"),
            *(f"sql:{database}", "-W", PASSWORD, "-c", cipher, "-C", certificates),
        )
        yield pfx_case(
            description=f"{cipher}, {certificates}",
            program="pk12util",
            file=(folder / "out").read_bytes(),
            keys=None,
            certificates=[certificate],
            name="김하나",
        )


def kept_pfx() -> Iterator[Case]:
    """Give the files of other programs that lie in tests/interop/pfx."""
    for path in sorted(PFX.glob("*.p12")):
        case = pfx_case(
            description=path.stem,
            program=path.stem,
            file=path.read_bytes(),
            keys=None,
            certificates=[],
            password=PFX_PASSWORD,
        )
        case["certificates_sha256"] = None
        yield case


def built_pfx(folder: Path) -> Iterator[Case]:
    """Give what no program here writes, from openssl's primitives."""
    plain = (folder / "rsa-r.der").read_bytes()
    certificate = (folder / "rsa-cert.der").read_bytes()
    korean_program = shrouded_3des(plain, 1024)
    safe = safe_of(certificate_bag(certificate, NAME), key_bag(korean_program, NAME))
    whole: dict[str, Callable[[], bytes]] = {
        "the p12 of Korean programs, with R": lambda: pfx(safe, mac_data("sha1", safe)),
        "a MAC of one round by default": lambda: pfx(safe, mac_data("sha1", safe, 1)),
        "PBMAC1 with SHA-256": lambda: pfx(safe, pbmac1("sha256", safe)),
        "PBMAC1 with SHA-512": lambda: pfx(safe, pbmac1("sha512", safe)),
    }
    for description, make in whole.items():
        yield pfx_case(
            description=description,
            program="built",
            file=make(),
            keys=[plain],
            certificates=[certificate],
            name=NAME,
        )
    other = (folder / "ec-r.der").read_bytes()
    other_certificate = (folder / "ec-cert.der").read_bytes()
    safe = safe_of(
        certificate_bag(certificate, "서명용"),
        certificate_bag(other_certificate, "암호화용"),
        key_bag(korean_program, "서명용"),
        key_bag(shrouded_3des(other, 2048), "암호화용"),
    )
    yield pfx_case(
        description="two keys and their certificates",
        program="built",
        file=pfx(safe, mac_data("sha256", safe)),
        keys=[plain, other],
        certificates=[certificate, other_certificate],
        name="서명용",
    )
    safe = safe_of(certificate_bag(certificate, ""), b"")
    yield pfx_case(
        description="certificates only",
        program="built",
        file=pfx(safe, mac_data("sha1", safe)),
        keys=[],
        certificates=[certificate],
    )


def pkcs12_kdf(purpose: int, size: int, salt: bytes, rounds: int, hash: str) -> bytes:
    """Return octets of PKCS#12's derivation, by openssl."""
    secret = PASSWORD.encode("utf-16-be") + b"\0\0"
    printed = run(
        *("openssl", "kdf", *LEGACY, "-binary", "-keylen", str(size)),
        *("-kdfopt", f"digest:{hash.upper()}", "-kdfopt", f"hexpass:{secret.hex()}"),
        *("-kdfopt", f"hexsalt:{salt.hex()}", "-kdfopt", f"iter:{rounds}"),
        *("-kdfopt", f"id:{purpose}", "PKCS12KDF"),
    )
    return printed[:size]


def shrouded_3des(plain: bytes, rounds: int) -> bytes:
    """Return an EncryptedPrivateKeyInfo under PBE-SHA1-3DES."""
    salt = secrets.token_bytes(8)
    key = pkcs12_kdf(1, 24, salt, rounds, "sha1")
    iv = pkcs12_kdf(2, 8, salt, rounds, "sha1")
    algorithm = identifier(
        "1.2.840.113549.1.12.1.3", sequence(octets(salt), univ.Integer(rounds))
    )
    return locked_key(algorithm, enc("-des-ede3-cbc", key, iv, plain))


def safe_of(*bags: bytes) -> bytes:
    """Return an AuthenticatedSafe with the bags in the clear."""
    contents = encode(sequence(*(univ.Any(bag) for bag in bags if bag)))
    return bytes(encode(sequence(data_info(contents))))


def certificate_bag(certificate: bytes, name: str) -> bytes:
    """Return a certBag."""
    value = sequence(
        univ.ObjectIdentifier("1.2.840.113549.1.9.22.1"), explicit(octets(certificate))
    )
    return bag("1.2.840.113549.1.12.10.1.3", encode(value), name)


def key_bag(encrypted: bytes, name: str) -> bytes:
    """Return a pkcs8ShroudedKeyBag."""
    return bag("1.2.840.113549.1.12.10.1.2", encrypted, name)


def bag(kind: str, value: bytes, name: str) -> bytes:
    """Return a SafeBag with a friendlyName."""
    parts = [univ.ObjectIdentifier(kind), explicit(univ.Any(value))]
    if name:
        values = encode(char.BMPString(name))
        attribute = sequence(
            univ.ObjectIdentifier("1.2.840.113549.1.9.20"), set_of(values)
        )
        parts.append(set_of(encode(attribute)))
    return bytes(encode(sequence(*parts)))


def data_info(content: bytes) -> univ.Sequence:
    """Return a ContentInfo of plain data."""
    return sequence(
        univ.ObjectIdentifier("1.2.840.113549.1.7.1"), explicit(octets(content))
    )


def mac_data(hash: str, safe: bytes, rounds: int = 2048) -> univ.Sequence:
    """Return MacData; the default of one round is left out (RFC 7292 4)."""
    salt = secrets.token_bytes(8)
    size = hashlib.new(hash).digest_size
    key = pkcs12_kdf(3, size, salt, rounds, hash)
    oid = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}[hash]
    digest = sequence(
        identifier(oid, univ.Null("")), octets(hmac.digest(key, safe, hash))
    )
    parts = [digest, octets(salt)]
    return sequence(*parts, *([univ.Integer(rounds)] if rounds > 1 else []))


def pbmac1(hash: str, safe: bytes) -> univ.Sequence:
    """Return MacData with PBMAC1 (RFC 9579 4)."""
    salt, rounds = secrets.token_bytes(8), 2048
    size = hashlib.new(hash).digest_size
    key = hashlib.pbkdf2_hmac(hash, PASSWORD.encode(), salt, rounds, size)
    oid = {"sha256": "1.2.840.113549.2.9", "sha512": "1.2.840.113549.2.11"}[hash]
    prf = identifier(oid, univ.Null(""))
    kdf = identifier(
        "1.2.840.113549.1.5.12",
        sequence(octets(salt), univ.Integer(rounds), univ.Integer(size), prf),
    )
    algorithm = identifier("1.2.840.113549.1.5.14", sequence(kdf, prf))
    digest = sequence(algorithm, octets(hmac.digest(key, safe, hash)))
    return sequence(digest, octets(b"NOT USED"), univ.Integer(1))


def pfx(safe: bytes, mac: univ.Sequence) -> bytes:
    """Return a PFX."""
    return bytes(encode(sequence(univ.Integer(3), data_info(safe), mac)))


# ASN.1 by pyasn1.


def sequence(*parts: Any) -> univ.Sequence:
    """Return a SEQUENCE of any values."""
    fields = namedtype.NamedTypes(
        *(namedtype.NamedType(f"f{at}", univ.Any()) for at in range(len(parts)))
    )
    value = univ.Sequence(componentType=fields)
    for at, part in enumerate(parts):
        value[at] = part if isinstance(part, univ.Any) else univ.Any(encode(part))
    return value


def set_of(encoded: bytes) -> univ.SetOf:
    """Return a SET of one value."""
    value = univ.SetOf(componentType=univ.Any())
    value[0] = univ.Any(encoded)
    return value


def explicit(part: Any) -> univ.Any:
    """Return a value under [0] EXPLICIT."""
    inside = bytes(part) if isinstance(part, univ.Any) else encode(part)
    number = tag.Tag(tag.tagClassContext, tag.tagFormatSimple, 0)
    octet_string = univ.OctetString(inside).subtype(implicitTag=number)
    return univ.Any(b"\xa0" + bytes(encode(octet_string))[1:])


def octets(content: bytes) -> univ.OctetString:
    """Return an OCTET STRING."""
    return univ.OctetString(content)


def identifier(oid: str, parameters: Any) -> univ.Sequence:
    """Return an AlgorithmIdentifier."""
    return sequence(univ.ObjectIdentifier(oid), parameters)


def locked_key(algorithm: univ.Sequence, ciphertext: bytes) -> bytes:
    """Return an EncryptedPrivateKeyInfo."""
    return bytes(encode(sequence(algorithm, octets(ciphertext))))


def with_random_number(plain: bytes) -> bytes:
    """Return a PrivateKeyInfo with R as [0] attribute behind its last field."""
    bits = encode(univ.BitString(hexValue=R.hex()))
    attribute = encode(sequence(univ.ObjectIdentifier(RANDOM_NUMBER), set_of(bits)))
    attributes = b"\xa0" + bytes([len(attribute)]) + bytes(attribute)
    body = plain[4 if plain[1] == 0x82 else 3 if plain[1] == 0x81 else 2 :] + attributes
    return bytes(encode(univ.Sequence().clone())[:1]) + length(len(body)) + body


def length(size: int) -> bytes:
    """Return a length in DER."""
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(digits)]) + digits


def random_number(plain: bytes) -> str | None:
    """Return R in hex where a PrivateKeyInfo carries the one that all share."""
    return R.hex() if R in plain else None


if __name__ == "__main__":
    os.umask(0o022)
    main()
