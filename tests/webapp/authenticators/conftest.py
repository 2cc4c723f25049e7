"""Somebody with a security card whose codes the test knows."""

from random import Random

import pytest
from sqlalchemy import select

from webapp.accounts.models import Customer
from webapp.audit.actors import Actor
from webapp.authenticators.encryption import read_key
from webapp.authenticators.security_card.service import issue_card


@pytest.fixture
def key(config):
    """What seals cards and secrets in this centre."""
    return read_key(config.identity_key)


@pytest.fixture
def hana(stored):
    """The customer whom `customer` is signed in as."""
    return stored.scalars(select(Customer).where(Customer.login_id == "demo")).one()


@pytest.fixture
def issued(stored, hana, key, now):
    """Her card."""
    chance = Random(4)
    card = issue_card(stored, hana, key, chance, actor=Actor.operator(1), now=now)
    stored.commit()
    return card
