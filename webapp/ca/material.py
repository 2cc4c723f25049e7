"""The files of a configured CA: read in every usual form, and checked together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from webapp.config import Config
from webapp.config.settings import Problem
from webapp.pki.authority import Authority, load_key
from webapp.pki.crl import is_signed_by, parse_crl
from webapp.pki.errors import PkiError
from webapp.startup_error import StopError

T = TypeVar("T")

_ISSUING_CERTIFICATE: Final = "CERTFERRY_ISSUING_CERTIFICATE"
_ISSUING_KEY: Final = "CERTFERRY_ISSUING_KEY"
_ROOT_CERTIFICATE: Final = "CERTFERRY_ROOT_CERTIFICATE"
_ROOT_CRL: Final = "CERTFERRY_ROOT_CRL"
RENEW: Final = "certferry ca renew-root-crl --root FOLDER"


class CaMaterialError(StopError):
    """Files of the CA are missing, broken, or do not belong together."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"  {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class CaMaterial:
    """An issuing CA with its key, its root, and the root's revocation list."""

    issuing: Authority = field(repr=False)
    root: x509.Certificate
    root_crl: x509.CertificateRevocationList


def read_certificate(path: Path) -> x509.Certificate:
    """Read a certificate, PEM or DER.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no certificate in it, or more than one.
    """
    content = path.read_bytes()
    is_pem = content.lstrip().startswith(b"-----BEGIN ")
    if is_pem and content.count(b"-----BEGIN CERTIFICATE-----") != 1:
        raise ValueError("there has to be one certificate in it")
    load = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
    try:
        return load(content)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is not a certificate, neither PEM nor DER") from None


def read_crl(path: Path) -> x509.CertificateRevocationList:
    """Read a revocation list, DER or PEM.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no revocation list in it.
    """
    return parse_crl(path.read_bytes())


def load_ca_material(config: Config) -> CaMaterial:
    """Read all files of the CA and see that they belong together.

    Raises:
        CaMaterialError: with everything that is wrong.
    """
    problems: list[Problem] = []

    def attempt(name: str, path: Path, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except OSError as error:
            problems.append(Problem(name, f"{path}: {error.strerror}"))
        except (ValueError, PkiError) as error:
            problems.append(Problem(name, f"{path}: {error}"))
        return None

    certificate_file, key_file = config.issuing_certificate, config.issuing_key
    issuing = attempt(
        _ISSUING_CERTIFICATE,
        certificate_file,
        lambda: _authority(read_certificate(certificate_file)),
    )
    key = attempt(_ISSUING_KEY, key_file, lambda: _read_key(config))
    root = attempt(
        _ROOT_CERTIFICATE,
        config.root_certificate,
        lambda: _authority(read_certificate(config.root_certificate)),
    )
    crl = attempt(_ROOT_CRL, config.root_crl, lambda: read_crl(config.root_crl))
    # A list of nothing is false in Python.
    if issuing and root and not _is_issued_by(issuing, root):
        text = f"{config.root_certificate}: it is not the root of the issuing CA"
        problems.append(Problem(_ROOT_CERTIFICATE, text))
    elif crl is not None and root and not is_signed_by(crl, root):
        text = f"{config.root_crl}: the list is not signed by the root"
        problems.append(Problem(_ROOT_CRL, text))
    authority = None
    if issuing and key:
        authority = attempt(_ISSUING_KEY, key_file, lambda: Authority(issuing, key))
    if problems or authority is None or root is None or crl is None:
        raise CaMaterialError(problems)
    return CaMaterial(authority, root, crl)


def find_outdated(material: CaMaterial, config: Config, now: datetime) -> list[Problem]:
    """Return what of the CA counts no longer, or not yet."""
    problems = []
    issuing = material.issuing.certificate
    for name, path, certificate in (
        (_ISSUING_CERTIFICATE, config.issuing_certificate, issuing),
        (_ROOT_CERTIFICATE, config.root_certificate, material.root),
    ):
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if ends <= now:
            problems.append(Problem(name, f"{path}: it ended on {ends:%Y-%m-%d}"))
        elif begins > now:
            defect = f"it begins on {begins:%Y-%m-%d %H:%M} UTC; is this clock right?"
            problems.append(Problem(name, f"{path}: {defect}"))
    last_day = material.root_crl.next_update_utc
    if last_day is None or last_day <= now:
        defect = (
            f"the list ended on {last_day:%Y-%m-%d}" if last_day else "it has no end"
        )
        text = f"{config.root_crl}: {defect}. Sign a new one where the root is: {RENEW}"
        problems.append(Problem(_ROOT_CRL, text))
    return problems


def _read_key(config: Config) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    return load_key(config.issuing_key.read_bytes(), config.issuing_passphrase.encode())


def _authority(certificate: x509.Certificate) -> x509.Certificate:
    try:
        constraints = certificate.extensions.get_extension_for_class(
            x509.BasicConstraints
        )
        is_ca = constraints.value.ca
    except x509.ExtensionNotFound:
        is_ca = False
    if not is_ca:
        raise ValueError("it is no certificate of an authority")
    return certificate


def _is_issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
