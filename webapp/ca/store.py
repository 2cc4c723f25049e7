"""The files of a root and an issuing CA: made whole, read with suspicion."""

import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from mobile_bridge.pki.certificate import fingerprint_pairs
from webapp.ca.material import read_certificate, read_crl
from webapp.pki.authority import (
    Authority,
    encrypt_key,
    make_issuing,
    make_root,
    new_serial,
)
from webapp.pki.crl import ReasonCode, RevokedEntry, build_crl, crl_number, is_signed_by
from webapp.pki.key_policy import KeyKind
from webapp.private_file import create_private

ROOT, ISSUING = "root", "issuing"
LIST_DAYS = 365


@dataclass(frozen=True, slots=True)
class CaHierarchy:
    """A root, an issuing CA under it, and what opens their keys."""

    root: Authority
    issuing: Authority
    root_list: bytes
    passphrases: dict[str, str]


def create_hierarchy(
    name: str,
    pki_url: str,
    kinds: tuple[KeyKind, KeyKind],
    *,
    passphrases: dict[str, str],
    now: datetime,
) -> CaHierarchy:
    """Return a new root and an issuing CA of the organisation `name` under it."""
    root = make_root(
        now,
        serial=new_serial(secrets.token_bytes),
        name=f"{name} root (not accredited)",
        organisation=name,
        kind=kinds[0],
    )
    issuing = make_issuing(
        root,
        now,
        serial=new_serial(secrets.token_bytes),
        crl_url=f"{pki_url}/pki/root.crl",
        issuer_url=f"{pki_url}/pki/root.crt",
        name=f"{name} issuing CA (not accredited)",
        kind=kinds[1],
    )
    until = now + timedelta(days=LIST_DAYS)
    root_list = build_crl(root, [], number=1, this_update=now, next_update=until)
    return CaHierarchy(root, issuing, root_list, passphrases)


def save(folder: Path, hierarchy: CaHierarchy) -> None:
    """Write everything beside the place and move it there: whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".ca-") as beside:
        whole = Path(beside) / "whole"
        files = {}
        for role, authority in ((ROOT, hierarchy.root), (ISSUING, hierarchy.issuing)):
            passphrase = hierarchy.passphrases[role].encode()
            files[f"{role}/{role}.key"] = encrypt_key(authority.key, passphrase)
            files[f"{role}/{role}.crt"] = authority.certificate.public_bytes(
                Encoding.PEM
            )
        files[f"{ISSUING}/root.crt"] = files[f"{ROOT}/root.crt"]
        files[f"{ISSUING}/root.crl"] = files[f"{ROOT}/root.crl"] = hierarchy.root_list
        for place in (whole, whole / ROOT, whole / ISSUING):
            place.mkdir(mode=0o700)
        for name, content in files.items():
            create_private(whole / name, content)
        whole.rename(folder)  # takes the place of an empty folder, of nothing else


def load_crl(folder: Path, authority: Authority) -> x509.CertificateRevocationList:
    """Return the root's last list.

    Raises:
        ValueError: it is none, or not of this root.
    """
    last = read_crl(folder / "root.crl")
    if not is_signed_by(last, authority.certificate):
        raise ValueError("root.crl is not signed by this root.")
    return last


def revoked_entry(
    file: Path,
    authority: Authority,
    revoked: list[RevokedEntry],
    reason: ReasonCode,
    now: datetime,
) -> list[RevokedEntry]:
    """Return what the next list has to say of an issuing CA's certificate.

    Raises:
        ValueError: it is none, or not of this root.
    """
    certificate = read_certificate(file)
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError, TypeError):
        raise ValueError(f"{file} was not issued by this root.") from None
    if certificate.serial_number in {entry.serial for entry in revoked}:
        return []
    return [RevokedEntry(serial=certificate.serial_number, at=now, reason=reason)]


def describe(file: Path, now: datetime) -> list[str]:
    """Return what a certificate or a list says, line by line."""
    if file.suffix == ".crl":
        crl = read_crl(file)
        return [
            f"list number {crl_number(crl)} of {crl.issuer.rfc4514_string()}",
            f"{len(list(crl))} revoked",
            _until(crl.next_update_utc or now, now),
        ]
    certificate = read_certificate(file)
    return [
        certificate.subject.rfc4514_string(),
        f"serial {certificate.serial_number:x}",
        f"SHA-256 {fingerprint_pairs(certificate.public_bytes(Encoding.DER))}",
        _until(certificate.not_valid_after_utc, now),
    ]


def _until(end: datetime, now: datetime) -> str:
    left = (end - now).days
    remaining = f"{left} days left" if end > now else "IT HAS RUN OUT"
    return f"good until {end.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {remaining}"
