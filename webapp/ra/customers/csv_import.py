"""Register a sheet of customers in the background: all of them or nobody.

The sheet and the first passwords stand encrypted in the database, until they are no
longer needed. Whoever makes the passwords holds a claim that runs out by itself; after
a crash the next one begins again, since nothing was registered yet.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from gevent import monkey
from gevent.threadpool import ThreadPool
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from mobile_bridge.formats.korean_time import korean_date
from webapp.accounts.models import Customer, Operator
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.encryption import decrypt, encrypt
from webapp.config import Config
from webapp.db import lock, unit_of_work_on
from webapp.exceptions import AppError
from webapp.ra.approvals.acts import Justification
from webapp.ra.customers.csv_rows import Sheet, duplicate_logins, read_sheet
from webapp.ra.customers.forms import CustomerData, RequiredFields, required_fields
from webapp.ra.customers.registration import (
    PreparedCustomer,
    existing_login_ids,
    prepare_customer,
    register_all,
)
from webapp.ra.errors import (
    InvalidChoiceError,
    LoginTakenError,
    NoChangeError,
    NotFoundError,
    RaError,
)
from webapp.ra.models import CustomerImport, ImportState
from webapp.ra.permissions import CAN_SERVE, require_role

log = structlog.get_logger()
SHOWN_FOR: Final = timedelta(hours=24)
CLAIM: Final = timedelta(minutes=2)  # extended with every few passwords
GRACE: Final = timedelta(seconds=30)
PROGRESS_STEP: Final = 10  # passwords between two notes of how far it is
MAX_LISTED: Final = 10
_ID = re.compile(r"[\w-]{16,32}", re.ASCII)
_THREADS: Final = max(2, min(4, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an import is made with."""

    key: bytes = field(repr=False)
    required: RequiredFields


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A customer with the first password; None once it is another one."""

    customer: Customer
    password: str | None = field(repr=False)


class SheetRefusedError(RaError):
    """The sheet, looked at again, has mistakes."""

    code = "sheet_refused"


class _ClaimLostError(Exception):
    """The claim ran out, and somebody else has the import."""


def import_settings(config: Config) -> Settings:
    """Return what the imports of a centre are made with.

    The key is derived from one that is not in the database.
    """
    secret = str(config.identity_key or config.secret_key).encode()
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"certferry import")
    return Settings(key=derive.derive(secret), required=required_fields(config))


def validate_sheet(
    session: Session, text: str, required: RequiredFields, today: date
) -> Sheet:
    """Return a sheet with everything that is wrong with it, taken IDs too."""
    sheet = read_sheet(text, required, today)
    login_ids = [entry.login_id for _, entry in sheet.entries]
    mistakes = (
        *sheet.mistakes,
        *duplicate_logins(sheet, existing_login_ids(session, login_ids)),
    )
    return Sheet(sheet.entries, tuple(sorted(mistakes, key=lambda at: at.line)))


def new_id() -> str:
    """Return a name for an import, for the form that asks for it once."""
    return secrets.token_urlsafe(16)


def begin(
    session: Session,
    operator: Operator,
    import_id: str,
    *,
    text: str,
    total: int,
    settings: Settings,
    now: datetime,
) -> None:
    """Store a sheet that was looked at; nobody is registered yet.

    Sent twice, the same form asks for one import.

    Raises:
        ForbiddenRoleError
        InvalidChoiceError: `import_id` is no such name.
    """
    require_role(operator, CAN_SERVE)
    if not _ID.fullmatch(import_id):
        raise InvalidChoiceError
    requested = CustomerImport(
        id=import_id,
        operator_id=operator.id,
        asked_at=now,
        state=ImportState.WAITING,
        total=total,
        sheet=_seal(text, settings, import_id),
    )
    lock(session)
    with suppress(IntegrityError), session.begin_nested():  # else one was there first
        session.add(requested)


def find(session: Session, operator: Operator, import_id: str) -> CustomerImport:
    """Return an operator's own import: nobody else looks at its passwords.

    Raises:
        NotFoundError
    """
    is_name = _ID.fullmatch(import_id)
    customer_import = _get(session, import_id) if is_name else None
    if customer_import is None or customer_import.operator_id != operator.id:
        raise NotFoundError
    return customer_import


def _get(session: Session, import_id: str) -> CustomerImport | None:
    return session.get(CustomerImport, import_id, populate_existing=True)


def is_known(session: Session, operator: Operator, import_id: str) -> bool:
    """Tell whether an operator has asked for this import before."""
    asked = _get(session, import_id) if _ID.fullmatch(import_id) else None
    return asked is not None and asked.operator_id == operator.id


def list_imports(session: Session, operator: Operator) -> list[CustomerImport]:
    """Return an operator's latest imports, the newest first."""
    return list(
        session.scalars(
            select(CustomerImport)
            .where(CustomerImport.operator_id == operator.id)
            .order_by(CustomerImport.asked_at.desc())
            .limit(MAX_LISTED)
        )
    )


def is_stalled(import_: CustomerImport, now: datetime) -> bool:
    """Tell whether nobody makes the passwords of an import that waits."""
    # What was asked for just now is claimed in a moment.
    busy_until = import_.claimed_until or import_.asked_at + GRACE
    return import_.state == ImportState.WAITING and busy_until <= now


def list_pending(session: Session, now: datetime) -> list[str]:
    """Return the imports that wait and that nobody works on."""
    import_ids = session.scalars(
        select(CustomerImport.id)
        .where(CustomerImport.state == ImportState.WAITING, _is_free(now))
        .order_by(CustomerImport.asked_at)
    ).all()
    return list(import_ids)


def run(
    session: Session,
    import_id: str,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    should_continue: Callable[[], bool] = lambda: True,
) -> ImportState | None:
    """Make the passwords of an import and register everybody, in units of work.

    Return what became of it; None where somebody else has it, or it is put off.
    """
    worker = secrets.token_hex(16)
    with unit_of_work_on(session):
        is_claimed = _claim(session, import_id, worker, clock())
    if not is_claimed:
        return None
    try:
        return _register(
            session,
            import_id,
            settings,
            worker,
            clock=clock,
            should_continue=should_continue,
        )
    except _ClaimLostError:
        return None  # somebody took over, and registers them
    except SQLAlchemyError:
        raise  # the claim runs out, and the next one begins again
    except AppError as error:
        code = error.code
    except Exception as error:
        # The kind only: a message may carry what stands in the sheet.
        log.error("import_failed", kind=type(error).__name__)  # noqa: TRY400
        code = "fault"
    with unit_of_work_on(session):
        return _refuse(session, import_id, worker, code)


def list_handed_over(
    session: Session, import_: CustomerImport, settings: Settings, now: datetime
) -> list[HandedOver]:
    """Return everybody of an import that is done, with passwords while they are kept.

    A password that is another one by now is left out.

    Raises:
        EncryptionError: the centre's key is another one than then.
    """
    if import_.passwords is None or _is_over(import_, now):
        return []
    kept: list[list[str]] = json.loads(_unseal(import_.passwords, settings, import_.id))
    by_id = {int(id_): (password, hashed) for id_, password, hashed in kept}
    customers = session.scalars(
        select(Customer).where(Customer.id.in_(by_id)).order_by(Customer.id)
    )
    return [
        HandedOver(customer, by_id[customer.id][0])
        if customer.password_hash == by_id[customer.id][1]
        else HandedOver(customer, None)
        for customer in customers
    ]


def require_kept(import_: CustomerImport) -> CustomerImport:
    """Return an import whose first passwords are kept.

    Raises:
        NoChangeError: they are forgotten, or not made yet.
    """
    if import_.state != ImportState.DONE:
        raise NoChangeError
    return import_


def close(
    session: Session,
    operator: Operator,
    import_: CustomerImport,
    *,
    justification: Justification,
    now: datetime,
) -> None:
    """Forget the first passwords of an import.

    Raises:
        ForbiddenRoleError
        NoChangeError: they are forgotten.
    """
    require_role(operator, CAN_SERVE)
    closed = session.execute(
        update(CustomerImport)
        .where(
            CustomerImport.id == import_.id, CustomerImport.state == ImportState.DONE
        )
        .values(state=ImportState.CLOSED, passwords=None)
        .execution_options(synchronize_session=False)
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        raise NoChangeError
    record(
        session,
        AuditEvent.OPERATOR_IMPORT_CLOSED,
        actor=operator.audit_actor,
        at=now,
        detail=justification.for_log(),
    )


def forget_old(session: Session, now: datetime) -> int:
    """Forget the passwords that nobody closed in time; return of how many imports."""
    forgotten = session.execute(
        update(CustomerImport)
        .where(
            CustomerImport.state == ImportState.DONE,
            CustomerImport.shown_until <= now,
        )
        .values(state=ImportState.CLOSED, passwords=None)
        .execution_options(synchronize_session=False)
    )
    return int(forgotten.rowcount)  # type: ignore[attr-defined]


def _register(
    session: Session,
    import_id: str,
    settings: Settings,
    worker: str,
    *,
    clock: Callable[[], datetime],
    should_continue: Callable[[], bool],
) -> ImportState | None:
    import_ = _get(session, import_id)
    if import_ is None or import_.sheet is None:
        return None
    operator = session.get_one(Operator, import_.operator_id)
    text = _unseal(import_.sheet, settings, import_id)
    today = korean_date(clock())
    sheet = validate_sheet(session, text, settings.required, today)
    session.rollback()  # others use the connection while passwords are hashed
    if sheet.mistakes:
        raise SheetRefusedError
    prepared: list[PreparedCustomer] = []
    with _hashing([entry for _, entry in sheet.entries]) as hashed:
        for customer in hashed:
            prepared.append(customer)
            if len(prepared) % PROGRESS_STEP == 0:
                if not should_continue():
                    return None
                with unit_of_work_on(session):
                    _record_progress(session, import_id, worker, len(prepared), clock())
    with unit_of_work_on(session):
        _store(session, operator, import_id, prepared, settings, worker, now=clock())
    return ImportState.DONE


def _store(
    session: Session,
    operator: Operator,
    import_id: str,
    prepared: Sequence[PreparedCustomer],
    settings: Settings,
    worker: str,
    *,
    now: datetime,
) -> None:
    """Store everybody, and that it is done, in one transaction."""
    session.refresh(operator)
    try:
        registered = register_all(session, operator, prepared, now, batch=import_id)
    except IntegrityError:
        raise LoginTakenError from None
    kept = [
        [str(customer.id), credentials.password, credentials.password_hash]
        for customer, credentials in zip(registered, prepared, strict=True)
    ]
    done = session.execute(
        update(CustomerImport)
        .where(*_is_ours(import_id, worker))
        .values(
            state=ImportState.DONE,
            hashed=len(prepared),
            sheet=None,
            passwords=_seal(json.dumps(kept), settings, import_id),
            shown_until=now + SHOWN_FOR,
            claimed_by=None,
            claimed_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise _ClaimLostError


@contextmanager
def _hashing(entries: Iterable[CustomerData]) -> Iterator[Iterable[PreparedCustomer]]:
    """Yield the entries with their passwords, hashed in a few threads."""
    if not monkey.is_module_patched("threading"):
        with ThreadPoolExecutor(_THREADS) as pool:
            yield pool.map(prepare_customer, entries)
        return
    # Real threads, apart from those in which people's sign-ins are compared.
    workers = ThreadPool(_THREADS)
    try:
        yield workers.imap(prepare_customer, entries)
    finally:
        workers.kill()


def _claim(session: Session, import_id: str, worker: str, now: datetime) -> bool:
    claimed = session.execute(
        update(CustomerImport)
        .where(
            CustomerImport.id == import_id,
            CustomerImport.state == ImportState.WAITING,
            _is_free(now),
        )
        .values(claimed_by=worker, claimed_until=now + CLAIM, hashed=0)
        .execution_options(synchronize_session=False)
    )
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def _record_progress(
    session: Session, import_id: str, worker: str, hashed: int, now: datetime
) -> None:
    noted = session.execute(
        update(CustomerImport)
        .where(*_is_ours(import_id, worker))
        .values(hashed=hashed, claimed_until=now + CLAIM)
        .execution_options(synchronize_session=False)
    )
    if noted.rowcount != 1:  # type: ignore[attr-defined]
        raise _ClaimLostError


def _refuse(
    session: Session, import_id: str, worker: str, code: str
) -> ImportState | None:
    refused = session.execute(
        update(CustomerImport)
        .where(*_is_ours(import_id, worker))
        .values(
            state=ImportState.REFUSED,
            refused=code,
            sheet=None,
            claimed_by=None,
            claimed_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    return ImportState.REFUSED if refused.rowcount == 1 else None  # type: ignore[attr-defined]


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(
        CustomerImport.claimed_until.is_(None), CustomerImport.claimed_until <= now
    )


def _is_ours(import_id: str, worker: str) -> tuple[ColumnElement[bool], ...]:
    return (
        CustomerImport.id == import_id,
        CustomerImport.state == ImportState.WAITING,
        CustomerImport.claimed_by == worker,
    )


def _is_over(import_: CustomerImport, now: datetime) -> bool:
    return import_.shown_until is None or import_.shown_until <= now


def _seal(text: str, settings: Settings, import_id: str) -> bytes:
    belongs_to = f"import:{import_id}"
    return encrypt(text.encode(), settings.key, belongs_to, secrets.token_bytes)


def _unseal(sealed: bytes, settings: Settings, import_id: str) -> str:
    return decrypt(sealed, settings.key, f"import:{import_id}").decode()
