"""What cannot be undone at the counter asks first, and wants a reason for the log."""

import pytest

from webapp.ra import messages
from webapp.ra.approvals.act_labels import DECLINE, SETTLE, WHY, WORDS
from webapp.ra.approvals.acts import MAX_NOTE, NOTE_NEEDED, REASONS, Act, Why, read_why
from webapp.ra.certificates.certificate_actions import reason_called
from webapp.ra.errors import ReasonMissingError


@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_reasons_words_and_a_last_one_that_wants_words(act):
    *usual, last = REASONS[act]

    assert usual
    assert last in NOTE_NEEDED
    assert {*REASONS[act]} <= {*WHY, *messages.REASONS}
    assert WORDS[act].begins
    assert WORDS[act].button


def test_no_page_of_an_act_is_without_an_act():
    assert {*WORDS} == {*Act, SETTLE, DECLINE}


def test_an_operator_gives_the_reasons_of_a_revocation_list():
    assert [reason_called(each) for each in REASONS[Act.REVOKE]]


@pytest.mark.parametrize(
    ("reason", "note", "why"),
    [
        ("lost", "", Why("lost")),
        ("lost", "  in the\ttram ", Why("lost", "in the tram")),
        ("other", "a dog ate it", Why("other", "a dog ate it")),
        ("lost", "가" * MAX_NOTE, Why("lost", "가" * MAX_NOTE)),
    ],
)
def test_a_reason_is_one_of_the_usual_ones_and_what_was_written(reason, note, why):
    assert read_why(REASONS[Act.CARD], reason, note) == why


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
        read_why(REASONS[Act.CARD], reason, note)


def test_the_log_keeps_the_reason_and_no_empty_note():
    assert Why("lost").for_log() == {"reason": "lost"}
    assert Why("lost", "tram").for_log() == {"reason": "lost", "note": "tram"}
