"""What the list offers, the page of the action shows and its POST does are one."""

import re
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import event, select, update

from webapp.certificates.lifecycle import Initiator, Purpose, StoredState
from webapp.certificates.models import Certificate

LIST_ACTIONS = {"renew", "resume", "suspend"}  # the rest stands on its page
ACTIONS = ("renew", "reissue", "suspend", "resume", "revoke")
SAID = {"revoke": {"reason": "key_compromise", "confirmed": "yes"}}
STATES = {
    "valid": {},
    "held by holder": {
        "state": StoredState.SUSPENDED,
        "suspended_by": Initiator.HOLDER,
    },
    "held by counter": {
        "state": StoredState.SUSPENDED,
        "suspended_by": Initiator.COUNTER,
    },
    "revoked": {"state": StoredState.REVOKED},
}
AGES = {"new": 1, "last days": 350, "over": 400}  # days since it was issued
TYPES = {"offered": {}, "not offered": {"offered": False}, "taken out": None}
REPLACED = (Purpose.RENEW, Purpose.REISSUE, "reserved")


def change_type(app, type_id, changes):
    ca, issuer = app.extensions["certferry.ca"], app.extensions["certferry.issuer"]
    types = dict(ca.types)
    if changes is None:
        del types[type_id]
    else:
        types[type_id] = replace(types[type_id], **changes)
    types = MappingProxyType(types)
    app.extensions["certferry.ca"] = replace(ca, types=types)
    app.extensions["certferry.issuer"] = replace(issuer, types=types)


def link_successor(stored, certificate, successor, purpose):
    """Make `successor`, a certificate of its own, what took the other's place."""
    reserved = {"state": StoredState.RESERVED} if purpose == "reserved" else {}
    stored.execute(
        update(Certificate)
        .where(Certificate.id == successor.id)
        .values(
            replaces_id=certificate.id,
            purpose=Purpose.RENEW if purpose == "reserved" else purpose,
            **reserved,
        )
    )


def make_case(factory, stored, now, state, age, replaced):
    certificate = factory.issued(now - timedelta(days=AGES[age]))
    if replaced is not None:
        link_successor(stored, certificate, factory.issued(now), replaced)
    held = {"suspended_at": now} if "held" in state else {}
    changes = {"state": StoredState.VALID, **STATES[state], **held}
    stored.execute(
        update(Certificate).where(Certificate.id == certificate.id).values(**changes)
    )
    stored.commit()
    return certificate


def offered_on(text, certificate_id):
    paths = re.findall(rf'(?:href|action)="/certificates/{certificate_id}/(\w+)"', text)
    return set(paths) & set(ACTIONS)


def accepts(customer, stored, certificate, action):
    """Tell whether POST does it; what it changed is put back."""
    stmt = select(Certificate.__table__).where(Certificate.id == certificate.id)
    before = dict(stored.execute(stmt).one()._mapping)
    stored.commit()
    answer = customer.client.post(
        f"/certificates/{certificate.id}/{action}",
        data={"csrf_token": customer.token, **SAID.get(action, {})},
    )
    assert answer.status_code in (302, 303, 403, 409), answer.text
    stored.execute(
        update(Certificate).where(Certificate.id == certificate.id).values(**before)
    )
    stored.commit()
    return answer.status_code in (302, 303)


@pytest.mark.parametrize("type_", TYPES)
def test_list_page_and_post_agree(app, customer, factory, stored, now, type_):
    cases = [(state, age, None) for state in STATES for age in AGES]
    cases += [("valid", "last days", replaced) for replaced in REPLACED]
    certificates = [make_case(factory, stored, now, *case) for case in cases]
    customer.has_shown()
    change_type(app, certificates[0].type_id, TYPES[type_])
    home = customer.open("/").text

    for case, certificate in zip(cases, certificates, strict=True):
        path = f"/certificates/{certificate.id}"
        shown = offered_on(customer.open(path).text, certificate.id)
        opened = {
            action
            for action in ACTIONS
            if customer.open(f"{path}/{action}").status_code == 200
        }
        done = {
            action
            for action in ACTIONS
            if accepts(customer, stored, certificate, action)
        }
        assert shown == opened == done, case
        assert offered_on(home, certificate.id) == shown & LIST_ACTIONS, case


def test_a_type_taken_out_of_the_file_is_not_offered_for_reissue(
    app, customer, factory, now
):
    certificate = factory.issued(now)
    change_type(app, certificate.type_id, None)
    path = f"/certificates/{certificate.id}"

    assert "reissue" not in offered_on(customer.open(path).text, certificate.id)
    helped = customer.open("/help/what-happened?answer=forgot").text
    assert "reissue" not in offered_on(helped, certificate.id)
    for answer in (
        customer.open(f"{path}/reissue"),
        customer.submit(f"{path}/reissue"),
    ):
        assert answer.status_code == 409
        assert "type_not_offered" in answer.text


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    app, customer, factory, stored, now
):
    def count_queries(path):
        statements = []
        engine = app.extensions["certferry.sessions"].kw["bind"]
        hook = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", hook)
        assert customer.open(path).status_code == 200
        event.remove(engine, "before_cursor_execute", hook)
        return len(statements)

    paths = ("/", "/help/what-happened?answer=lost")
    factory.issued(now)
    customer.open("/")
    for_one = [count_queries(path) for path in paths]
    for _ in range(4):
        factory.issued(now)

    assert [count_queries(path) for path in paths] == for_one
