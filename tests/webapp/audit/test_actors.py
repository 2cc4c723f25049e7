"""Who acts is stored as text, read back from it, and has words in both languages."""

import re

import pytest
from flask_babel import force_locale

from webapp.audit.actors import (
    KEY_HOLDER,
    SYSTEM,
    UNKNOWN,
    Actor,
    ActorKind,
    find_actor,
)
from webapp.certificates.lifecycle import Initiator

STORED = {
    "customer:7": Actor.customer(7),
    "operator:2": Actor.operator(2),
    "centre": SYSTEM,
    "unknown": UNKNOWN,
    "key-holder": KEY_HOLDER,
}


@pytest.mark.parametrize("text", STORED)
def test_an_actor_is_read_as_it_was_stored(text):
    assert str(STORED[text]) == text
    assert find_actor(text) == STORED[text]


@pytest.mark.parametrize(
    "text", ["", "customer", "operator:", "operator:x", "centre:1", "robot:3", ":7"]
)
def test_an_actor_of_a_newer_version_is_none(text):
    assert find_actor(text) is None


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_of_actor_has_its_labels_in_the_language(app, language):
    with app.test_request_context(), force_locale(language):
        labels = [
            str(label)
            for kind in ActorKind
            for label in (kind.label, kind.customer_label)
        ]

    assert {bool(re.search("[가-힣]", label)) for label in labels} == {language == "ko"}


@pytest.mark.parametrize(
    ("actor", "initiator"),
    [
        (None, Initiator.HOLDER),
        (Actor.customer(7), Initiator.HOLDER),
        (KEY_HOLDER, Initiator.HOLDER),
        (Actor.operator(2), Initiator.COUNTER),
        (SYSTEM, Initiator.SYSTEM),
    ],
)
def test_the_initiator_of_a_change_follows_from_the_actor(actor, initiator):
    assert Initiator.of(actor) is initiator
