"""Which parts of the centre make requests, and what they do when one is approved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from webapp.relying.institutions.rules import Purpose

_OPENERS: Final = "certferry.asking.openers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who approved a request, by what, and the signatures in the contents' order."""

    request_id: str
    purpose: Purpose
    customer_id: int
    certificate_id: str
    signatures: tuple[bytes, ...]
    approved_at: datetime


def _ignore(_session: Session, _value: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """A part that makes requests.

    `next_address` says for a request's id where the browser that waited goes when it
    has ended, however it did. `on_approved` is called in the transaction of the
    approval: what it raises, undoes it. `on_ended` is called with a request's id in
    the transaction in which it was declined or withdrawn; nothing tells of its time.
    """

    name: str
    next_address: Callable[[str], str]
    on_approved: Callable[[Session, Approval], None] = _ignore
    on_ended: Callable[[Session, str], None] = _ignore


Openers = Mapping[str, Opener]


def init_app(app: Flask) -> None:
    """Make room for those that register."""
    app.extensions.setdefault(_OPENERS, {})


def register_opener(app: Flask, opener: Opener) -> None:
    """Have a part's requests answered.

    Raises:
        ValueError: another part has that name.
    """
    openers = app.extensions.setdefault(_OPENERS, {})
    if opener.name in openers:
        raise ValueError(f"two parts make requests as {opener.name}")
    openers[opener.name] = opener


def openers_of(app: Flask) -> Openers:
    """Return the parts that make requests, by name."""
    openers: Openers = app.extensions[_OPENERS]
    return openers
