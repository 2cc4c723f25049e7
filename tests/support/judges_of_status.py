"""Programs we did not write, asked what a certificate's status is: by list and by OCSP.

Each knows the standards alone: the files of the CAs, and the addresses that stand in
the certificate. The words are those of `status_centre.STATUSES`; where a program tells
a suspension from a revocation it says so, else it says "revoked".
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.support.status_centre import StatusCentre

CERT_PATH_JUDGE = Path(__file__).parent / "verifiers" / "CertPathJudge.java"
TIMEOUT = 120  # seconds, on a busy machine
Judge = Callable[[StatusCentre, Sequence[str]], dict[str, str]]

_OPENSSL = {
    ": OK": "good",
    "certificate revoked": "revoked",
    "certificate has expired": "expired",
}
_GNUTLS = {
    "output: Verified. The certificate is trusted.": "good",
    "chain is revoked": "revoked",
    "chain uses expired": "expired",
}
_OPENSSL_OCSP = {
    ": good": "good",
    "Reason: certificateHold": "suspended",
    ": revoked": "revoked",
    ": unknown": "unknown",
}
_GNUTLS_OCSP = {
    "Certificate Status: good": "good",
    "Certificate Status: revoked": "revoked",
    "Certificate Status: unknown": "unknown",
}
_NSS = {"Chain is good!": "good", "-8180": "revoked", "-8181": "expired"}


def run(*command: str | Path) -> str:
    """Run a program and return all that it writes; its exit code is not looked at."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT,
        check=False,
    )
    return done.stdout.decode(errors="replace")


def openssl_by_list(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """`openssl verify`, which fetches the list that the certificate names."""
    return {
        name: _word(
            run(
                *("openssl", "verify", "-x509_strict", "-policy_check"),
                *("-crl_check", "-crl_download", "-CAfile", centre.root),
                *("-untrusted", centre.issuing, centre.certificate(name)),
            ),
            _OPENSSL,
        )
        for name in names
    }


def gnutls_by_list(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """`certtool --verify`, given the lists that the certificates of the path name."""
    words = {}
    for name in names:
        chain, lists = centre.folder / "chain-of-leaf.pem", centre.folder / "lists.pem"
        chain.write_bytes(
            centre.certificate(name).read_bytes() + centre.issuing.read_bytes()
        )
        lists.write_bytes(_pem_list(centre, name) + _pem_list(centre, "issuing"))
        words[name] = _word(
            run(
                *("certtool", "--verify", "--load-ca-certificate", centre.root),
                *("--load-crl", lists, "--infile", chain),
            ),
            _GNUTLS,
        )
    return words


def nss_by_list(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """`vfychain` of NSS, with the lists imported into its database.

    NSS refuses a list with a critical issuingDistributionPoint (RFC 5280 5.2.5), which
    each part of ours has: it gets the whole one, which stands beside the parts.
    """
    words = {}
    for name in names:
        database = _nss_database(centre)
        for ca in ("issuing", "root"):
            file = centre.folder / f"whole-{ca}.crl"
            file.write_bytes(_fetch(f"{centre.address}/pki/{ca}.crl"))
            run("crlutil", "-I", "-d", database, "-i", file)
        words[name] = _word(
            run(
                *("vfychain", "-d", database, "-pp", "-g", "leaf", "-m", "crl"),
                *("-h", "requireFreshInfo", "-s", "requireInfo"),
                *("-a", centre.certificate(name)),
            ),
            _NSS,
        )
    return words


def java_by_list(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """Java's CertPath, which fetches every list of the path."""
    return _java("list", centre, names)


JUDGES_BY_LIST: Mapping[str, Judge] = {
    "openssl verify": openssl_by_list,
    "GnuTLS certtool": gnutls_by_list,
    "NSS vfychain": nss_by_list,
    "Java CertPath": java_by_list,
}


def openssl_by_ocsp(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """`openssl ocsp`, with a nonce and SHA-256 in the identifiers."""
    return {name: openssl_ocsp(centre, name, "-sha256") for name in names}


def openssl_ocsp(centre: StatusCentre, name: str, *options: str) -> str:
    """Ask the responder that a certificate names, and return what openssl says."""
    text = run(
        *("openssl", "ocsp", *options),
        *("-issuer", centre.issuing),
        *("-cert", centre.certificate(name), "-url", responder_of(centre, name)),
        *("-CAfile", centre.chain),
    )
    return _word(text, _OPENSSL_OCSP) if "Response verify OK" in text else text


def gnutls_by_ocsp(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """`ocsptool --ask`, with a nonce."""
    return {name: gnutls_ocsp(centre, name, "--nonce") for name in names}


def gnutls_ocsp(centre: StatusCentre, name: str, *options: str) -> str:
    """Ask the responder that a certificate names, and return what GnuTLS says."""
    text = run(
        *("ocsptool", f"--ask={responder_of(centre, name)}", *options),
        *("--load-issuer", centre.issuing, "--load-cert", centre.certificate(name)),
        *("--load-trust", centre.chain),
    )
    is_verified = "Verifying OCSP Response: Success" in text
    return _word(text, _GNUTLS_OCSP) if is_verified else text


def nss_by_ocsp(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """`vfychain` of NSS, which asks the responder itself."""
    return {
        name: _word(
            run(
                *("vfychain", "-d", _nss_database(centre), "-pp", "-g", "leaf"),
                *("-m", "ocsp", "-h", "requireFreshInfo", "-s", "requireInfo"),
                *("-a", centre.certificate(name)),
            ),
            _NSS,
        )
        for name in names
    }


def java_by_ocsp(centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    """Java's CertPath, which asks the responder itself."""
    return _java("ocsp", centre, names)


JUDGES_BY_OCSP: Mapping[str, Judge] = {
    "openssl ocsp": openssl_by_ocsp,
    "GnuTLS ocsptool": gnutls_by_ocsp,
    "NSS vfychain": nss_by_ocsp,
    "Java CertPath": java_by_ocsp,
}


def responder_of(centre: StatusCentre, name: str) -> str:
    """Return the address that a certificate names (RFC 5280 4.2.2.1)."""
    certificate = x509.load_pem_x509_certificate(centre.certificate(name).read_bytes())
    access = certificate.extensions.get_extension_for_class(
        x509.AuthorityInformationAccess
    )
    (url,) = (
        str(description.access_location.value)
        for description in access.value
        if description.access_method == AuthorityInformationAccessOID.OCSP
    )
    return url


def _java(method: str, centre: StatusCentre, names: Sequence[str]) -> dict[str, str]:
    files = [centre.certificate(name) for name in names]
    text = run("java", CERT_PATH_JUDGE, method, centre.root, centre.issuing, *files)
    rows = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    return {
        name: rows.get(str(file), text) for name, file in zip(names, files, strict=True)
    }


def _nss_database(centre: StatusCentre) -> Path:
    """Make a new database that trusts the root; return its folder."""
    number = len(list(centre.folder.glob("nss-*")))
    database = centre.folder / f"nss-{number}"
    database.mkdir()
    run("certutil", "-N", "-d", database, "--empty-password")
    for name, trust, file in (
        ("root", "CT,C,C", centre.root),
        ("issuing", ",,", centre.issuing),
    ):
        run("certutil", "-A", "-d", database, "-n", name, "-t", trust, "-a", "-i", file)
    return database


def _list(centre: StatusCentre, name: str) -> bytes:
    """Fetch the list that a certificate names (RFC 5280 4.2.1.13), in DER."""
    certificate = x509.load_pem_x509_certificate(centre.certificate(name).read_bytes())
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    places = points.value[0].full_name or []
    return _fetch(places[0].value)


def _fetch(url: str) -> bytes:
    with urlopen(url, timeout=TIMEOUT) as answer:
        content: bytes = answer.read()
    return content


def _pem_list(centre: StatusCentre, name: str) -> bytes:
    der = _list(centre, name)
    return x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)


def _word(text: str, words: Mapping[str, str]) -> str:
    """Return our word for what a program wrote; all of it where there is none.

    What is bad about a certificate goes before what is good about it.
    """
    heard = [word for phrase, word in words.items() if phrase in text]
    return next((word for word in heard if word != "good"), heard[0] if heard else text)
