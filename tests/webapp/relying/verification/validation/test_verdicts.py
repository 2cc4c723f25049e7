"""Each reason has a verdict and words; the gravest decides."""

import pytest

from mobile_bridge.languages import Translator, translators
from tests.webapp.relying.verification.hierarchy import NOON
from webapp.relying.verification import sentences
from webapp.relying.verification.validation.verdicts import (
    GRAVITY,
    Finding,
    Kind,
    Note,
    Reason,
    Report,
    TimeBasis,
    Verdict,
    verdict_of,
)


def finding(*reasons):
    return Finding(reasons=reasons, at=NOON, basis=TimeBasis.NOW)


def test_without_a_reason_a_verdict_is_valid():
    assert verdict_of(()) is Verdict.VALID


def test_every_verdict_has_its_gravity():
    assert set(GRAVITY) == set(Verdict)


def test_no_reason_comes_to_valid():
    assert all(verdict_of([reason]) is not Verdict.VALID for reason in Reason)


def test_the_gravest_finding_decides_of_the_whole():
    good, expired = finding(), finding(Reason.CERTIFICATE_EXPIRED)
    altered = finding(Reason.CONTENT_ALTERED)

    report = Report(Kind.CMS, (good, expired, altered))

    assert report.decisive is altered
    assert report.verdict is Verdict.UNTRUSTED


@pytest.mark.parametrize(
    "translator", list(translators()), ids=lambda one: one.language
)
def test_every_code_has_words_in_every_language(translator):
    texts = [
        *(sentences.headline(verdict, translator) for verdict in Verdict),
        *(
            text
            for reason in Reason
            for text in sentences.explanation(finding(reason), Kind.CMS, translator)
        ),
        *(translator.gettext(sentences.NOTES[note]) for note in Note),
        *(sentences.advice(finding(reason), translator) for reason in Reason),
    ]

    assert all(texts)


def test_a_summary_says_verdict_reason_time_and_what_to_do():
    report = Report(Kind.PDF, (finding(Reason.CHANGED_AFTER_SIGNING),))

    text = sentences.summary(report, Translator("en"))

    assert text.startswith("Do not trust this. The document was changed")
    assert "Checked for now" in text
    assert text.endswith("by telephone or in person.")
