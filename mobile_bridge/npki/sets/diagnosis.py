"""What is the matter with a set of certificate and key, in one meaning for all. Pure.

The terminal and the page say the same of the same files. What cannot be known, because
no password was given or because there is nothing to ask, is None and never false.
JavaScript twin: frontend/npki/sets/diagnosis.js; both read
tests/vectors/npki_diagnosis.json.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mobile_bridge.core.bundle import describe_certificate
from mobile_bridge.errors import BundleError
from mobile_bridge.npki.errors import NpkiError, PlainKeyError
from mobile_bridge.npki.files.folder import Holder, PfxFile
from mobile_bridge.npki.identity import (
    RANDOM_NUMBER_BYTES,
    IdentityFormError,
    RandomNumberError,
    UnknownVidHashError,
    Vid,
    VidHash,
    compute_vid,
    matches_vid,
    read_random_number,
    read_vid,
)
from mobile_bridge.npki.pfx import has_plain_key, read_pfx
from mobile_bridge.npki.sets.opening import (
    CertificateMissingError,
    certificates_of,
    find_own,
    is_open,
    open_contents,
    open_key,
    read_key_form,
)
from mobile_bridge.pki.certificate import fingerprint, read_certificate
from mobile_bridge.pki.der import DerError

PFX: Final = "p12"
_OF_MANAGEMENT: Final = "km_"  # before the code of a problem of kmCert.der, kmPri.key
# Whether the key opens, by what was refused; of another refusal it is not known.
_OPENS: Final = {
    "wrong_password": False,
    "password_encoding": False,
    "key_form": False,
    "pfx_form": False,
    "pfx_damaged": True,
}
_MISMATCH: Final = "key_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is known of a set; True, False, or None for what is not known.

    `format` is how it lies there and how its key is encrypted (`npki-A`, `p12-D`);
    `cert` what the certificate says of itself; `problems` codes, the gravest first.
    """

    format: str | None = None
    cert: dict[str, str] | None = None
    key_opens: bool | None = None
    key_matches_cert: bool | None = None
    random_num: bool | None = None
    vid_present: bool | None = None
    valid_now: bool | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether the key opens, is the certificate's, and nothing is the matter."""
        return not self.problems and bool(
            self.key_opens and self.key_matches_cert and self.valid_now
        )


def diagnose(
    source: Holder | PfxFile,
    password: str | None,
    now: datetime,
    *,
    number: str | None = None,
) -> Diagnosis:
    """Say what is the matter with a set.

    Without a `password` what stands outside is judged. `number` is the one that the
    certificate was issued to: its digits with R have to make the certificate's VID.

    Raises:
        IdentityNumberError: `number` has something else than digits.
    """
    key = _judge_key(source, password)
    random_num, r, r_problems = _judge_random_number(key.private_key_info)
    vid_present, vid, vid_problems = _judge_vid(key.certificate)
    valid_now, time_problems = _judge_time(key.certificate, now)
    # What opens with no password at all is locked for nobody.
    unlocked = (PlainKeyError.code,) if key.opens and password == "" else ()
    problems = [*key.problems, *unlocked, *r_problems, *vid_problems, *time_problems]
    if random_num is False and vid_present and "random_num_missing" not in problems:
        problems.append("random_num_missing")
    if number is not None:
        problems += _judge_number(number, vid, r, is_open=random_num is not None)
    return Diagnosis(
        format=_format(source),
        cert=_describe(key.certificate),
        key_opens=key.opens,
        key_matches_cert=key.matches,
        random_num=random_num,
        vid_present=vid_present,
        valid_now=valid_now,
        problems=tuple(dict.fromkeys(problems)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """What is known of a key; `certificate` is its own, else the one beside it."""

    opens: bool | None = None
    matches: bool | None = None
    certificate: bytes | None = None
    private_key_info: bytes | None = field(default=None, repr=False)
    problems: tuple[str, ...] = ()


def _format(source: Holder | PfxFile) -> str:
    kind = PFX if isinstance(source, PfxFile) else str(source.kind)
    try:
        form = read_key_form(source)
    except NpkiError:
        form = ""
    return f"{kind}-{form}" if form else kind


def _judge_key(source: Holder | PfxFile, password: str | None) -> _Key:
    if isinstance(source, PfxFile):
        return _judge_pfx(source, password)
    if source.sign_key is None or (password is None and not is_open(source)):
        return _judge_outside(source)
    certificates = certificates_of(source)
    beside = certificates[0] if len(certificates) == 1 else None
    problems: tuple[str, ...] = ("key_plain",) if is_open(source) else ()
    try:
        plain = open_key(source.sign_key, password or "")
    except NpkiError as error:
        return _refused(error, beside, problems)
    if password is not None:
        problems += _management_problems(source, password)
    try:
        own = find_own(plain, certificates)
    except NpkiError as error:
        matches = False if error.code == _MISMATCH else None
        return _Key(
            opens=True,
            matches=matches,
            certificate=beside,
            private_key_info=plain,
            problems=(error.code, *problems),
        )
    return _Key(
        opens=True,
        matches=True,
        certificate=own,
        private_key_info=plain,
        problems=problems,
    )


def _judge_outside(source: Holder) -> _Key:
    """Judge what can be seen without a password."""
    certificate = source.sign_cert
    problems: tuple[str, ...] = ()
    opens = None
    if source.sign_key is None:
        problems = ("key_missing",)
    else:
        try:
            read_key_form(source)
        except NpkiError as error:
            opens, problems = _OPENS.get(error.code), (error.code,)
    if not certificates_of(source):
        problems += (CertificateMissingError.code,)
    return _Key(opens=opens, certificate=certificate, problems=problems)


def _judge_pfx(source: PfxFile, password: str | None) -> _Key:
    try:
        if password is None:
            read_key_form(source)
        plain = ("key_plain",) if has_plain_key(source.octets) else ()
        if password is None:
            return _Key(problems=plain)
        contents = read_pfx(source.octets, password)
    except NpkiError as error:
        return _refused(error, None)
    beside = _likeliest(one.der for one in contents.certificates)
    if not contents.keys:
        return _Key(certificate=beside, problems=("key_missing",))
    try:
        opened = open_contents(contents).signing
    except NpkiError as error:
        return _Key(
            opens=True,
            matches=False if error.code == _MISMATCH else None,
            certificate=beside,
            private_key_info=contents.keys[0].private_key_info,
            problems=(*plain, error.code),
        )
    return _Key(
        opens=True,
        matches=True,
        certificate=opened.certificate,
        private_key_info=opened.private_key_info,
        problems=plain,
    )


def _likeliest(certificates: Iterable[bytes]) -> bytes | None:
    """Return the first certificate of somebody who issues none, else the first."""
    infos = []
    for der in certificates:
        with suppress(DerError):
            infos.append((read_certificate(der).is_authority, der))
    return min(infos, key=lambda info: info[0])[1] if infos else None


def _refused(
    error: NpkiError, certificate: bytes | None, problems: tuple[str, ...] = ()
) -> _Key:
    return _Key(
        opens=_OPENS.get(error.code),
        certificate=certificate,
        problems=(error.code, *problems),
    )


def _management_problems(source: Holder, password: str) -> tuple[str, ...]:
    """Judge the pair for encryption, which has the same password."""
    if source.km_cert is None and source.km_key is None:
        return ()
    try:
        plain = open_key(source.km_key, password)
        find_own(plain, [] if source.km_cert is None else [source.km_cert])
    except NpkiError as error:
        return (f"{_OF_MANAGEMENT}{error.code}",)
    return ()


def _judge_random_number(
    private_key_info: bytes | None,
) -> tuple[bool | None, bytes | None, tuple[str, ...]]:
    if private_key_info is None:
        return None, None, ()
    try:
        r = read_random_number(private_key_info)
    except RandomNumberError as error:
        return False, None, (error.code,)
    return r is not None, r, ()


def _judge_vid(
    certificate: bytes | None,
) -> tuple[bool | None, Vid | None, tuple[str, ...]]:
    if certificate is None:
        return None, None, ()
    try:
        vid = read_vid(certificate)
    except UnknownVidHashError as error:
        return True, None, (error.code,)
    except IdentityFormError as error:
        return None, None, (error.code,)
    return vid is not None, vid, ()


def _judge_time(
    certificate: bytes | None, now: datetime
) -> tuple[bool | None, tuple[str, ...]]:
    if certificate is None:
        return None, ()
    info = read_certificate(certificate)
    if now < info.not_before:
        return False, ("certificate_not_yet_valid",)
    # RFC 5280 4.1.2.5: the last second counts.
    return (True, ()) if now <= info.not_after else (False, ("certificate_expired",))


def _judge_number(
    number: str, vid: Vid | None, r: bytes | None, *, is_open: bool
) -> tuple[str, ...]:
    """Say what is against it that number and R made the VID."""
    compute_vid(number, bytes(RANDOM_NUMBER_BYTES), VidHash.SHA_256)  # digits only
    if vid is None:
        return ("vid_missing",)
    if not is_open:
        return ()  # the key says why
    if r is None:
        return ("random_num_missing",)
    return () if matches_vid(vid, number, r) else ("vid_mismatch",)


def _describe(certificate: bytes | None) -> dict[str, str] | None:
    if certificate is None:
        return None
    try:
        described = describe_certificate(certificate)
    except BundleError:
        return None
    return {**described, "sha256": fingerprint(certificate)}
