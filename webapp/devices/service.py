"""Pair devices with an account, list and remove them. Nothing commits here.

All that changes what is paired is done under the customer's lock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.db import lock
from webapp.devices.errors import (
    DeviceLimitError,
    DeviceMissingError,
    DeviceUnknownError,
    InvitationTakenError,
    InvitationUnknownError,
)
from webapp.devices.models import DeviceInvitation, PairedDevice
from webapp.devices.rules import (
    INVITATION_LIFE,
    MAX_DEVICES,
    Event,
    State,
    device_name,
    next_state,
    read_public_key,
    state_at,
)
from webapp.values.code_token import ID_BYTES

_MAX_INVITATIONS: Final = 3  # open at once; the oldest ends


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A browser that wants to be paired.

    `public_key` is a SubjectPublicKeyInfo in DER; `description` what the browser called
    itself.
    """

    public_key: bytes
    name: str
    description: str
    network: str = ""


def pair(
    session: Session,
    customer: Customer,
    device: NewDevice,
    *,
    device_id: str,
    now: datetime,
    actor: Actor | None = None,
    client: Mapping[str, str] | None = None,
) -> PairedDevice:
    """Pair a device with an account, once; `actor` None is the customer.

    Raises:
        DeviceKeyError: its key is not of the kind that is taken.
        DeviceLimitError: there are as many as may be.
        SignInEndedError: the customer's sign-ins ended meanwhile.
    """
    read_public_key(device.public_key)
    lock_customer(session, customer)
    devices = list_devices(session, customer)
    for other in devices:
        if other.public_key == device.public_key:  # it was pressed twice
            return other
    if len(devices) >= MAX_DEVICES:
        raise DeviceLimitError
    paired = PairedDevice(
        id=device_id,
        customer_id=customer.id,
        name=device_name(device.name, device.description),
        description=device.description[:60],
        public_key=device.public_key,
        paired_at=now,
        used_at=now,
    )
    session.add(paired)
    record(
        session,
        AuditEvent.DEVICE_PAIRED,
        actor=actor,
        customer_id=customer.id,
        at=now,
        detail=client or {"device": device.description[:60]},
    )
    session.flush()
    return paired


def list_devices(session: Session, customer: Customer) -> Sequence[PairedDevice]:
    """Return what is paired with an account, the last used first."""
    stmt = (
        select(PairedDevice)
        .where(PairedDevice.customer_id == customer.id)
        .order_by(PairedDevice.used_at.desc(), PairedDevice.id)
    )
    return session.scalars(stmt).all()


def find(session: Session, customer: Customer, device_id: str) -> PairedDevice:
    """Return a device of a customer.

    Raises:
        DeviceMissingError: they have none with this id.
    """
    device = session.get(PairedDevice, device_id[:32])
    if device is None or device.id != device_id or device.customer_id != customer.id:
        raise DeviceMissingError
    return device


def remove(
    session: Session,
    customer: Customer,
    device_id: str,
    now: datetime,
    *,
    actor: Actor | None = None,
) -> None:
    """Pair a device no longer; what it signs counts for nothing from now on.

    Raises:
        DeviceMissingError: the customer has none with this id, now or any more.
        SignInEndedError: the customer's sign-ins ended meanwhile.
    """
    lock_customer(session, customer)
    device = find(session, customer, device_id)
    deleted = session.execute(
        delete(PairedDevice)
        .where(PairedDevice.id == device.id)
        .execution_options(synchronize_session=False)
    )
    if deleted.rowcount != 1:  # type: ignore[attr-defined]
        raise DeviceMissingError
    session.expunge(device)
    record(
        session,
        AuditEvent.DEVICE_REMOVED,
        actor=actor,
        customer_id=customer.id,
        at=now,
        detail={"device": device.description},
    )


def invite(
    session: Session,
    customer: Customer,
    *,
    now: datetime,
    random: Callable[[int], bytes],
) -> DeviceInvitation:
    """Make a code that one device may come with.

    Raises:
        DeviceLimitError: there are as many devices as may be.
        SignInEndedError: the customer's sign-ins ended meanwhile.
    """
    lock_customer(session, customer)
    if len(list_devices(session, customer)) >= MAX_DEVICES:
        raise DeviceLimitError
    _end_oldest(session, customer)
    invitation = DeviceInvitation(
        id=random(ID_BYTES).hex(),
        customer_id=customer.id,
        state=State.OPEN,
        expires_at=now + INVITATION_LIFE,
    )
    session.add(invitation)
    session.flush()
    return invitation


def find_invitation(session: Session, invitation_id: str) -> DeviceInvitation:
    """Return an invitation; whoever calls has seen that they may know of it.

    Raises:
        InvitationUnknownError: there is none with this id.
    """
    invitation = session.get(DeviceInvitation, invitation_id[:32])
    if invitation is None or invitation.id != invitation_id:
        raise InvitationUnknownError
    return invitation


def invitation_state(invitation: DeviceInvitation, now: datetime) -> State:
    """Return what an invitation is at `now`."""
    return state_at(State(invitation.state), invitation.expires_at, now)


def claim(
    session: Session, invitation_id: str, device: NewDevice, now: datetime
) -> DeviceInvitation:
    """Note which device came with a code; the same one may come again.

    Raises:
        InvitationUnknownError, InvitationTakenError, InvitationDeclinedError,
        InvitationOverError: it is not open for this device.
        DeviceKeyError: its key is not of the kind that is taken.
    """
    read_public_key(device.public_key)
    invitation = find_invitation(session, invitation_id)
    lock(session, invitation)
    state = invitation_state(invitation, now)
    if state is State.CLAIMED and invitation.public_key == device.public_key:
        return invitation
    invitation.state = next_state(state, Event.CLAIM)
    invitation.public_key = device.public_key
    invitation.name = device_name(device.name, device.description)
    invitation.description = device.description[:60]
    invitation.network = device.network
    session.flush()
    return invitation


def answer(
    session: Session,
    customer: Customer,
    invitation_id: str,
    *,
    number: str | None,
    expected: Callable[[DeviceInvitation], str],
    now: datetime,
) -> PairedDevice | None:
    """Pair the device that came, or with `number` None say no; None: nothing is paired.

    `number` is the one of the page that was answered: the device that came is the one
    that the person saw there.

    Raises:
        InvitationUnknownError: the customer made none with this id.
        InvitationTakenError: another device is meant than the one that came.
        InvitationDeclinedError, InvitationOverError, DeviceLimitError
        SignInEndedError: the customer's sign-ins ended meanwhile.
    """
    lock_customer(session, customer)
    invitation = find_invitation(session, invitation_id)
    if invitation.customer_id != customer.id:
        raise InvitationUnknownError
    lock(session, invitation)
    state = invitation_state(invitation, now)
    if state is State.PAIRED and number == expected(invitation):  # pressed twice
        return session.get(PairedDevice, invitation.id)
    event = Event.DECLINE if number is None else Event.AGREE
    invitation.state = next_state(state, event)
    if number is None or invitation.public_key is None:
        return None
    if number != expected(invitation):
        raise InvitationTakenError
    device = NewDevice(
        public_key=invitation.public_key,
        name=invitation.name,
        description=invitation.description,
    )
    return pair(session, customer, device, device_id=invitation.id, now=now)


def delete_old_invitations(session: Session, now: datetime) -> int:
    """Delete codes that are over; return how many."""
    deleted = session.execute(
        delete(DeviceInvitation)
        .where(DeviceInvitation.expires_at < now - INVITATION_LIFE)
        .execution_options(synchronize_session=False)
    )
    count: int = deleted.rowcount  # type: ignore[attr-defined]
    return count


def holder_of(session: Session, device: PairedDevice) -> Customer:
    """Return whose device it is.

    Raises:
        DeviceUnknownError: there is nobody.
    """
    customer = session.get(Customer, device.customer_id)
    if customer is None:
        raise DeviceUnknownError
    return customer


def _end_oldest(session: Session, customer: Customer) -> None:
    stmt = (
        select(DeviceInvitation)
        .where(
            DeviceInvitation.customer_id == customer.id,
            DeviceInvitation.state == State.OPEN,
        )
        .order_by(DeviceInvitation.expires_at.desc(), DeviceInvitation.id)
        .offset(_MAX_INVITATIONS - 1)
    )
    for invitation in session.scalars(stmt):
        invitation.state = State.DECLINED
