"""Feed one parser with mutated files: `python -m tests.support.npki_fuzzer PARSER`.

atheris changes the files of the vectors by what each change reaches. Whatever a parser
raises that is not a refusal of its own ends the run with an error, and so does a file
that takes seconds. What follows PARSER are options of libFuzzer and folders.
"""

import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["mobile_bridge"]):
    from mobile_bridge.npki.encryption import kdf_limits

    # A mutated number of rounds that is allowed would only make the run slow.
    kdf_limits.MAX_ROUNDS = 5_000  # type: ignore[misc]
    kdf_limits.MAX_SCRYPT_WORK = 2**14  # type: ignore[misc]
    from mobile_bridge.errors import BridgeError
    from mobile_bridge.npki.files.archive import read_zip
    from mobile_bridge.npki.files.file_contents import read_contents
    from mobile_bridge.npki.files.pem import read_pem
    from mobile_bridge.npki.key_file import decrypt_key, is_private_key_info, read_form
    from mobile_bridge.npki.pfx import encrypted_keys, read_pfx
    from mobile_bridge.pki.ber import to_der
    from mobile_bridge.pki.certificate import read_certificate
    from mobile_bridge.pki.der import elements

PASSWORD = "qwer1234!@"


def parse_key(octets: bytes) -> None:
    """Open a key file; what comes out is a key."""
    read_form(octets)
    assert is_private_key_info(decrypt_key(octets, PASSWORD))


def parse_pfx(octets: bytes) -> None:
    """Open a PKCS#12 file; what comes out are keys."""
    for key in read_pfx(octets, PASSWORD).keys:
        assert is_private_key_info(key.private_key_info)
    assert all(encrypted_keys(octets))


def parse_ber(octets: bytes) -> None:
    """Turn BER into DER; what comes out is one element, and stays what it is."""
    der = to_der(octets)
    assert len(elements(der)) == 1
    assert to_der(der) == der


PARSERS: dict[str, Callable[[bytes], object]] = {
    "key": parse_key,
    "pfx": parse_pfx,
    "ber": parse_ber,
    "certificate": read_certificate,
    "pem": read_pem,
    "contents": read_contents,
    "zip": read_zip,
}


def main() -> None:
    """Run one parser until libFuzzer's options say that it is enough."""
    parser = PARSERS[sys.argv.pop(1)]

    def feed(octets: bytes) -> None:
        try:
            parser(octets)
        except BridgeError:
            return

    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
