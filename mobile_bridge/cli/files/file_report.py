"""What `certferry doctor` says of sets: lines for a person, or JSON for a program."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from mobile_bridge.cli.exit_codes import Exit, exit_for
from mobile_bridge.cli.terminal_messages import file_message
from mobile_bridge.formats.korean_time import KST
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.sets.diagnosis import Diagnosis
from mobile_bridge.pki.issuers import issuer_called
from mobile_bridge.pki.names import without_hidden
from mobile_bridge.pki.short_number import short_number

_KINDS: Final = {
    "npki": N_("NPKI folder"),
    "pair": N_("certificate and key, each in a file"),
    "pem": N_("PEM file"),
    "p12": N_("PKCS#12 file"),
    "certificate": N_("certificate alone"),
}
_FORMS: Final = {
    "A": N_("key in form A (SEED and SHA-1, few rounds: easily guessed if copied)"),
    "B": N_("key in form B (SEED under PBES2)"),
    "C": N_("key in form C (SEED, an old kind)"),
    "D": N_("key in form D (AES or the like under PBES2)"),
    "P": N_("key encrypted by older PKCS#12 (triple DES or RC2)"),
    "plain": N_("key without a password"),
}
_QUESTIONS: Final = {
    "key_opens": N_("The password opens the key"),
    "key_matches_cert": N_("The key is the certificate's"),
    "random_num": N_("R (randomNum) is in the key"),
    "vid_present": N_("A VID is in the certificate"),
    "valid_now": N_("Valid today"),
}
_ANSWERS: Final = {True: N_("yes"), False: N_("no"), None: N_("not known")}
_CERTIFICATE_LINES: Final = (
    N_("  whose       %(name)s"),
    N_("  issued by   %(issuer)s"),
    N_("  number      %(number)s"),
    N_("  valid from  %(since)s"),
    N_("  valid until %(until)s"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What was said of what lies at a path."""

    path: str
    diagnosis: Diagnosis
    is_numbered: bool = False  # whether number and R were compared


def to_json(reports: Sequence[Report]) -> str:
    """Return one object for one set, and a list of them for several."""
    objects = [_object(report.diagnosis) for report in reports]
    content: Any = objects[0] if len(objects) == 1 else objects
    return json.dumps(content, ensure_ascii=False)


def to_text(report: Report, translator: Translator) -> Iterator[str]:
    """Give the lines that a person reads of one set."""
    say, diagnosis = translator.gettext, report.diagnosis
    yield without_hidden(report.path)
    if diagnosis.cert is not None:
        yield from _certificate_lines(diagnosis.cert, translator)
    if diagnosis.format is not None:
        yield say(
            N_("  kept as     %(kind)s"), kind=_kind(diagnosis.format, translator)
        )
        for name, question in _QUESTIONS.items():
            answer = say(_ANSWERS[getattr(diagnosis, name)])
            yield f"  {say(question)}: {answer}"
    if report.is_numbered and diagnosis.random_num and not diagnosis.problems:
        yield f"  {say(N_('The number is the one it was issued to'))}: {say(N_('yes'))}"
    if diagnosis.format and diagnosis.key_opens is None and not diagnosis.problems:
        yield f"  {say(N_('The key was not opened, because no password was given.'))}"
    for code in diagnosis.problems:
        yield f"  ! {file_message(code, say)} ({code})"
    if diagnosis.is_well:
        yield f"  {say(N_('All is well.'))}"


def exit_of(reports: Sequence[Report]) -> Exit:
    """Return 0 if all is well; else what stands for the first problem.

    Where nothing is wrong and not everything could be known, that is UNSURE.
    """
    problems = [code for report in reports for code in report.diagnosis.problems]
    if problems:
        return exit_for(problems[0])
    is_well = all(report.diagnosis.is_well for report in reports)
    return Exit.DONE if is_well else Exit.UNSURE


def format_korean(moment: str) -> str:
    """Return a time as clocks in Korea show it, wherever this computer is."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone(KST):%Y-%m-%d %H:%M %Z}"
    except OverflowError:
        return moment  # 99991231235959Z, for what never ends (RFC 5280 4.1.2.5)


def _object(diagnosis: Diagnosis) -> dict[str, Any]:
    return {**asdict(diagnosis), "problems": list(diagnosis.problems)}


def _certificate_lines(cert: dict[str, str], translator: Translator) -> Iterator[str]:
    blanks = {
        "name": cert["name"],
        "issuer": issuer_called(cert["issuer"], translator.gettext),
        "number": short_number(cert["serial"]),
        "since": format_korean(cert["not_before"]),
        "until": format_korean(cert["not_after"]),
    }
    for line in _CERTIFICATE_LINES:
        yield translator.gettext(line, **blanks)


def _kind(format_: str, translator: Translator) -> str:
    kind, _, form = format_.partition("-")
    parts = [_KINDS[kind], *([_FORMS[form]] if form else [])]
    return ", ".join(map(translator.gettext, parts))
