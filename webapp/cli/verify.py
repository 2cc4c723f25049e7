"""`certferry verify`: check a certificate, a signature or a signed PDF."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mobile_bridge.cli.command_base import TranslatedCommand
from mobile_bridge.cli.terminal_messages import system_language
from mobile_bridge.formats.korean_time import KST
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.errors import TooMuchWorkError
from mobile_bridge.npki.isolated import run_isolated
from webapp import config
from webapp.authenticators.factors import factor_options
from webapp.ca.material import load_ca_material, read_certificate
from webapp.ca.service_certificates import FOLDER
from webapp.cli.instance_options import ChosenCentre, choose_centre, demo_options
from webapp.clock import utc_now
from webapp.database_check import open_database
from webapp.pki.authority import issuer_id_of
from webapp.pki.crl import crl_der, parse_crl
from webapp.relying.verification import sentences
from webapp.relying.verification.answers import to_fields
from webapp.relying.verification.records import own_records, own_trust
from webapp.relying.verification.validation.limits import MAX_CONTENT
from webapp.relying.verification.validation.paths import StatusSource, Trust, no_records
from webapp.relying.verification.validation.requests import (
    RefusedInputError,
    VerificationRequest,
    read_certificates,
)
from webapp.relying.verification.validation.signatures import RAW_ALGORITHMS
from webapp.relying.verification.validation.verdicts import Reason, Report, Verdict
from webapp.relying.verification.validation.verifier import refused, verify
from webapp.startup_error import StopError

OpenSource = Callable[[datetime], AbstractContextManager[StatusSource]]
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class Exit(IntEnum):
    """What the command leaves with; docs/verification.md tells people."""

    VALID = 0
    FAULT = 1
    USAGE = 2
    UNTRUSTED = 10
    REVOKED = 11
    SUSPENDED = 12
    EXPIRED = 13
    STATUS_UNAVAILABLE = 14
    MALFORMED = 15


class VerifyInputError(StopError):
    """A file or a time that was named cannot be read."""


@click.command(
    "verify",
    cls=TranslatedCommand,
    examples=(
        "certferry verify contract.pdf --trust roots.pem --crl issuing.crl",
        "certferry verify contract.txt --signature contract.txt.p7s",
        "certferry verify holder.crt --at 2026-03-05 --json",
    ),
    help=N_(
        "Check a certificate, a signature or a signed PDF.\n\n"
        "Leaves with 0 only if it is valid. Without --trust the centre of the "
        "environment, or a demo, says whom to trust and what is revoked for good. No "
        "address in a file is asked."
    ),
)
@click.argument("file", type=_FILE)
@click.option(
    "--signature", type=_FILE, help=N_("The signature of FILE, apart from it.")
)
@click.option(
    "--algorithm",
    type=click.Choice(RAW_ALGORITHMS),
    help=N_("What a bare signature was made with; with --certificate."),
)
@click.option("--certificate", type=_FILE, help=N_("The certificate of who signed."))
@click.option(
    "--trust",
    type=_FILE,
    multiple=True,
    help=N_("Root certificates to trust, PEM or DER; then no centre is asked."),
)
@click.option(
    "--intermediates",
    type=_FILE,
    multiple=True,
    help=N_("Certificates between a root and the one to check."),
)
@click.option(
    "--crl", "crls", type=_FILE, multiple=True, help=N_("Revocation lists, PEM or DER.")
)
@click.option(
    "--at",
    metavar="TIME",
    help=N_(
        "The time to check for, as 2026-03-05 or 2026-03-05T12:00+09:00; else now."
    ),
)
@click.option("--json", "as_json", is_flag=True, help=N_("Print the answer as JSON."))
@demo_options
def verify_file(
    file: Path, *, crls: tuple[Path, ...], as_json: bool, **options: Any
) -> None:
    """Check a certificate, a signature or a signed PDF."""
    now = utc_now()
    if options["algorithm"] and not (options["signature"] and options["certificate"]):
        raise click.UsageError("--algorithm goes with --signature and --certificate.")
    where = {name: options.pop(name) for name in ("demo", "instance")}
    trust, source = _whom_to_ask(options.pop("trust"), crls, where)
    report = _report(file, trust, source, options=options, now=now)
    _print(report, as_json=as_json)
    if report.fault is not None and report.fault.is_own:
        _warn(f"{report.fault.kind} ({report.fault.place})")
    sys.exit(Exit[report.verdict.name])


def _report(
    file: Path,
    trust: Trust,
    open_source: OpenSource,
    *,
    options: dict[str, Any],
    now: datetime,
) -> Report:
    try:
        request = _request(file, options)
    except RefusedInputError as error:
        return refused(error.reason, now)

    def work() -> Report:
        # Opened here: a connection does not outlive the copying of its process.
        with open_source(now) as source:
            return verify(request, trust, now=now, status_source=source)

    try:
        return run_isolated(work)
    except TooMuchWorkError:
        return refused(Reason.TOO_COMPLEX, now)


def _request(file: Path, options: dict[str, Any]) -> VerificationRequest:
    def part(name: str) -> bytes | None:
        return _read(options[name]) if options[name] else None

    return VerificationRequest(
        document=_read(file),
        signature=part("signature"),
        certificate=part("certificate"),
        algorithm=options["algorithm"],
        intermediates=tuple(_certificates(options["intermediates"])),
        at=_read_time(options["at"]) if options["at"] else None,
    )


def _read(file: Path) -> bytes:
    """Return a file, and of one that is too large only so much as to tell."""
    with file.open("rb") as opened:
        return opened.read(MAX_CONTENT + 1)


def _certificates(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        try:
            yield from read_certificates(_read(file))
        except RefusedInputError:
            raise VerifyInputError(f"{file}: there is no certificate in it.") from None


def _read_time(text: str) -> datetime:
    """Read a time; one without a zone is Korean time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise VerifyInputError(f"--at {text}: write 2026-03-05T12:00+09:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=KST)


def _whom_to_ask(
    roots: tuple[Path, ...], crls: tuple[Path, ...], where: dict[str, Any]
) -> tuple[Trust, OpenSource]:
    """Return whom to trust and who knows the status: files, or else a centre."""
    lists = tuple(_lists(crls))
    if roots:
        trust = Trust(tuple(_certificates(roots)), crls=lists)
        return trust, lambda _now: nullcontext(no_records)
    chosen = choose_centre(os.environ, database=None, **where)
    trust, issuer_id, services = _own_trust(chosen)
    url = chosen.database_url
    return _with_lists(trust, lists), lambda now: _records(
        url, issuer_id, now, services=services
    )


@contextmanager
def _records(
    url: str,
    issuer_id: str,
    now: datetime,
    *,
    services: tuple[x509.Certificate, ...],
) -> Iterator[StatusSource]:
    try:
        engine = open_database(url, _warn, makes=False, migrates=False)
        with Session(engine) as session:
            yield own_records(session, issuer_id, now, services=lambda: services)
        engine.dispose()
    except SQLAlchemyError:
        raise VerifyInputError("The centre's database cannot be read.") from None


def _own_trust(
    chosen: ChosenCentre,
) -> tuple[Trust, str, tuple[x509.Certificate, ...]]:
    """Return whom a centre trusts, its issuing authority's name, and its services."""
    try:
        if chosen.instance is None:
            configured = config.Config.from_env(factor_options())
            material = load_ca_material(configured)
            root, issuing = material.root, material.issuing.certificate
            root_crl, key_file = configured.root_crl, configured.issuing_key
        else:
            folder = chosen.instance / "ca"
            root = read_certificate(folder / "root.crt")
            issuing = read_certificate(folder / "issuing.crt")
            root_crl, key_file = folder / "root.crl", folder / "issuing.key"
        crl = crl_der(parse_crl(root_crl.read_bytes()))
        services = tuple(_services(key_file.with_name(FOLDER)))
    except (OSError, ValueError, RefusedInputError) as error:
        raise VerifyInputError(str(error)) from None
    trust = own_trust(
        root.public_bytes(Encoding.DER),
        issuing.public_bytes(Encoding.DER),
        root_crl=root_crl,
        root_crl_at_start=crl,
    )
    key: Any = issuing.public_key()
    return trust, issuer_id_of(key), services


def _services(folder: Path) -> Iterator[x509.Certificate]:
    """Yield the certificates of a centre's services, which lie beside their keys."""
    for file in sorted(folder.glob("*.pem")):
        for der in read_certificates(file.read_bytes()):
            yield x509.load_der_x509_certificate(der)


def _lists(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        try:
            yield crl_der(parse_crl(file.read_bytes()))
        except ValueError as error:
            raise VerifyInputError(f"{file}: {error}.") from None


def _with_lists(trust: Trust, lists: tuple[bytes, ...]) -> Trust:
    return Trust(trust.roots, trust.intermediates, (*trust.crls, *lists))


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(to_fields(report), ensure_ascii=False))
        return
    translator = Translator(system_language(os.environ))
    click.echo(sentences.headline(report.verdict, translator))
    for number, finding in enumerate(report.findings, 1):
        if len(report.findings) > 1:
            verdict = sentences.headline(finding.verdict, translator)
            click.echo(f"{number}. {verdict}")
        for sentence in sentences.explanation(finding, report.kind, translator):
            click.echo(f"  {sentence}")
        if finding.certificate is not None:
            click.echo(f"  {finding.certificate.subject}")
            click.echo(f"  {finding.certificate.serial}")
        click.echo(f"  {sentences.time_sentence(finding, translator)}")
    if report.verdict is not Verdict.VALID:
        click.echo(sentences.advice(report.decisive, translator))


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


COMMANDS = {"verify": verify_file}
