"""What cannot be undone at the counter asks first, and wants a reason for the log."""

import pytest

from webapp.ra import messages
from webapp.ra.approvals.act_labels import DECLINE, REASON_LABELS, SETTLE, WORDS
from webapp.ra.approvals.acts import (
    MAX_NOTE,
    NOTE_NEEDED,
    REASONS,
    Act,
    Justification,
    parse_justification,
)
from webapp.ra.certificates.certificate_actions import parse_reason
from webapp.ra.errors import ReasonMissingError


@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_reasons_words_and_a_last_one_that_wants_words(act):
    *usual, last = REASONS[act]

    assert usual
    assert last in NOTE_NEEDED
    assert {*REASONS[act]} <= {*REASON_LABELS, *messages.REASONS}
    assert WORDS[act].begins
    assert WORDS[act].button


def test_no_page_of_an_act_is_without_an_act():
    assert {*WORDS} == {*Act, SETTLE, DECLINE}


def test_an_operator_gives_the_reasons_of_a_revocation_list():
    assert [parse_reason(reason) for reason in REASONS[Act.REVOKE]]


@pytest.mark.parametrize(
    ("reason", "note", "justification"),
    [
        ("lost", "", Justification("lost")),
        ("lost", "  in the\ttram ", Justification("lost", "in the tram")),
        ("other", "a dog ate it", Justification("other", "a dog ate it")),
        ("lost", "가" * MAX_NOTE, Justification("lost", "가" * MAX_NOTE)),
    ],
)
def test_a_reason_is_one_of_the_usual_ones_and_what_was_written(
    reason, note, justification
):
    assert parse_justification(REASONS[Act.CARD], reason, note) == justification


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        ("", ""),
        ("", "only words"),
        ("forgotten", ""),  # of another act
        ("other", ""),
        ("other", " \u200b"),
        ("lost", "x" * (MAX_NOTE + 1)),
    ],
)
def test_no_reason_is_no_reason(reason, note):
    with pytest.raises(ReasonMissingError):
        parse_justification(REASONS[Act.CARD], reason, note)


def test_the_log_keeps_the_reason_and_no_empty_note():
    assert Justification("lost").for_log() == {"reason": "lost"}
    assert Justification("lost", "tram").for_log() == {"reason": "lost", "note": "tram"}
