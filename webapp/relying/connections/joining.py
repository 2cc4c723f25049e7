"""Register at several institutions at once: chosen, read, signed, and then told.

The person signs one text that names each institution and what it learns. What an
institution changed meanwhile undoes all of it: nobody learns what nobody read.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.db import lock
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Asker, ConsentText
from webapp.relying.asking.openers import Approval
from webapp.relying.asking.service import AskingBrowser
from webapp.relying.connections.errors import JoiningChangedError, JoiningChoiceError
from webapp.relying.connections.models import Joining
from webapp.relying.deliveries.kinds import Sender
from webapp.relying.events import rules as events
from webapp.relying.events.service import tell
from webapp.relying.institutions.models import Institution
from webapp.relying.openid import sign_ins
from webapp.relying.openid.rules import Claim
from webapp.relying.uses import service as uses
from webapp.relying.uses.models import Way

MAX_CHOSEN: Final = 6  # so that the text fits into a request
LIFE: Final = timedelta(minutes=10)
OPENER: Final = "joining"
ASKER_ID: Final = "centre"


def list_open(session: Session) -> Sequence[Institution]:
    """Return the institutions at which people can register from here, by name."""
    stmt = (
        select(Institution)
        .where(
            Institution.ended_at.is_(None),
            Institution.confirmed_at.is_not(None),
            Institution.joining_text != "",
        )
        .order_by(Institution.name, Institution.id)
    )
    return session.scalars(stmt).all()


def is_open(session: Session) -> bool:
    """Tell whether people can register anywhere from here."""
    return bool(list_open(session))


def claims_of(institution: Institution) -> tuple[Claim, ...]:
    """Return what an institution learns of who registers there."""
    names = institution.joining_claims.split()
    return tuple(claim for claim in Claim if claim in names)


def choose(session: Session, chosen: Collection[str]) -> Sequence[Institution]:
    """Return the institutions that a person chose.

    Raises:
        JoiningChoiceError: none, too many, or one that does not take people so.
    """
    institutions = [one for one in list_open(session) if one.id in chosen]
    if not 0 < len(set(chosen)) <= MAX_CHOSEN or len(institutions) != len(set(chosen)):
        raise JoiningChoiceError
    return institutions


def ask(
    session: Session,
    customer: Customer,
    institutions: Sequence[Institution],
    *,
    asker: Asker,
    text: str,
    browser: AskingBrowser,
    now: datetime,
    random: Callable[[int], bytes],
) -> str:
    """Have the person sign a text that names institutions; return the request's id."""
    choice = json.dumps(_as_chosen(institutions), ensure_ascii=False, sort_keys=True)
    asked = asking.ask(
        session,
        asker,
        ConsentText(text, binding=hashlib.sha256(choice.encode()).digest()),
        opener=OPENER,
        browser=browser,
        expires_at=now + LIFE,
        now=now,
        random=random,
        customer_id=customer.id,
    )
    session.add(
        Joining(
            id=asked.request_id, customer_id=customer.id, choice=choice, made_at=now
        )
    )
    return asked.request_id


def find(session: Session, customer: Customer, request_id: str) -> Joining | None:
    """Return what a customer chose; None where it is another one's, or nobody's."""
    joining = session.get(Joining, request_id[:32])
    return joining if joining and joining.customer_id == customer.id else None


def institutions_of(session: Session, joining: Joining) -> Sequence[Institution]:
    """Return what was chosen, by name."""
    stmt = (
        select(Institution)
        .where(Institution.id.in_(json.loads(joining.choice)))
        .order_by(Institution.name, Institution.id)
    )
    return session.scalars(stmt).all()


def register(session: Session, approval: Approval, sender: Sender) -> None:
    """Register who approved at each institution; each is told.

    Raises:
        JoiningChangedError: one of them was ended, or asks for something else now.
    """
    joining = session.get_one(Joining, approval.request_id)
    chosen = json.loads(joining.choice)
    institutions = institutions_of(session, joining)
    for institution in institutions:
        lock(session, institution, share=True)
    if _as_chosen(institutions) != chosen:
        raise JoiningChangedError
    for institution in institutions:
        _register_at(session, institution, approval, sender)
    joining.done_at = sender.now


def _register_at(
    session: Session, institution: Institution, approval: Approval, sender: Sender
) -> None:
    claims = claims_of(institution)
    granted = sign_ins.agree_also(
        session,
        institution.id,
        customer_id=approval.customer_id,
        certificate_id=approval.certificate_id,
        claims=claims,
        now=sender.now,
    )
    uses.note_use(
        session,
        institution_id=institution.id,
        customer_id=approval.customer_id,
        certificate_id=approval.certificate_id,
        way=Way.JOINED,
        now=sender.now,
    )
    tell(
        session,
        institution,
        approval.customer_id,
        events.REGISTERED,
        happened_at=approval.approved_at,
        sender=sender,
        certificate_id=approval.certificate_id,
        granted=granted,
    )


def _as_chosen(institutions: Sequence[Institution]) -> dict[str, dict[str, Any]]:
    """Return what a signature over a choice depends on."""
    return {
        institution.id: {
            "name": institution.name,
            "text": institution.joining_text,
            "claims": list(claims_of(institution)),
        }
        for institution in institutions
        if not institution.is_ended and institution.joining_text
    }
