"""The example bank of a demo, `examples/other_bank`: registered by itself.

What the bank needs, its secret too, is handed over in a file that only its owner reads,
so that nobody copies anything. The secret is made at the first start.
"""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import urllib3
from sqlalchemy import select
from sqlalchemy.orm import Session
from urllib3.exceptions import HTTPError

from mobile_bridge.formats.web_address import read_origin
from webapp import db
from webapp.accounts.models import Operator
from webapp.config import Config
from webapp.demo.instance import SERVER_CERTIFICATE, SERVER_KEY
from webapp.private_file import replace_private
from webapp.relying.institutions import service
from webapp.relying.institutions.errors import InstitutionUnknownError
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import (
    Purpose,
    Registration,
    choose_sector,
    parse_registration,
)

FILE: Final = "other_bank.json"  # in the folder of a demo
PORT: Final = 8020
PAGE: Final = f"http://localhost:{PORT}"
NAME: Final = "나루은행 (Naru Bank)"
_SECTOR: Final = "localhost"  # wherever it runs: a demo moves to a network and back
_PURPOSES: Final = (Purpose.SIGN_IN, Purpose.SIGN_DOCUMENTS, Purpose.CONSENT)
_ADDRESSES: Final = (
    "page",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "return_uris",
    "events_uri",
)
_TIMEOUT: Final = 1.0  # seconds
_HEAD: Final = 2000  # bytes, in which its page names its client_id


@dataclass(frozen=True, slots=True)
class Bank:
    """What the demo's pages say of the bank."""

    name: str
    page: str
    is_running: bool


def open_bank(folder: Path, config: Config, page: str, now: datetime) -> Config:
    """Register the bank at `page`, hand over in a demo's folder, and name it to it.

    Raises:
        OSError: the file cannot be written.
        RegistrationError: nobody can be led to `page`.
    """
    engine = db.make_engine(config.database_url)
    with Session(engine) as session, db.unit_of_work_on(session):
        institution, secret = _register(session, _read(folder / FILE), page, now)
        other_bank = institution.id
    engine.dispose()
    origin = read_origin(page)
    handed_over = {
        "PAGE": page,
        "HOST": origin.host,
        "PORT": origin.port,
        "SECRET_KEY": _read(folder / FILE).get("SECRET_KEY") or secrets.token_hex(),
        "CENTRE_CLIENT_ID": other_bank,
        "CENTRE_CLIENT_SECRET": secret,
        "CENTRE_SERVER_METADATA_URL": (
            f"{config.public_url}/.well-known/openid-configuration"
        ),
        **_tls(folder, config, page),
    }
    if handed_over != _read(folder / FILE):
        replace_private(folder / FILE, json.dumps(handed_over, indent=1).encode())
    return replace(config, other_bank=other_bank)


def find_bank(session: Session, config: Config) -> Bank | None:
    """Return the bank as it is just now; None where there is none, or it was ended."""
    institution = _find(session, config.other_bank)
    if institution is None:
        return None
    page, root = institution.page, config.root_certificate
    return Bank(institution.name, page, _is_running(page, institution.id, root))


def _is_running(page: str, client_id: str, root: Path) -> bool:
    """Tell whether the bank, and no other program, answers at `page`."""
    try:
        with urllib3.PoolManager(
            retries=False, timeout=_TIMEOUT, ca_certs=str(root)
        ) as pool:
            answer = pool.request("GET", page, redirect=False)
            return client_id.encode() in answer.data[:_HEAD]
    except (HTTPError, OSError):
        return False


def _register(
    session: Session, stored: Mapping[str, Any], page: str, now: datetime
) -> tuple[Institution, str]:
    """Return the bank and its secret; what the counter changed of it stays."""
    registration = _registration(page)
    operator_id = session.scalars(
        select(Operator.id).order_by(Operator.id).limit(1)
    ).one()
    institution = _find(session, str(stored.get("CENTRE_CLIENT_ID")))
    secret: str | None = str(stored.get("CENTRE_CLIENT_SECRET"))
    if institution is None:
        institution, secret = service.register(
            session,
            registration,
            operator_id=operator_id,
            chance=secrets.token_bytes(service.CHANCE),
            now=now,
        )
    else:
        moved = _moved(institution.registration, registration)
        service.change(session, institution, moved, operator_id=operator_id, now=now)
        if not service.is_secret(institution, secret or ""):
            secret = service.renew_secret(
                session,
                institution,
                operator_id=operator_id,
                chance=secrets.token_bytes(service.SECRET_BYTES),
                detail={},
                now=now,
            )
    return institution, secret or ""


def _registration(page: str) -> Registration:
    # The address on this machine stays registered, so that the sector does too.
    port = read_origin(page).port if page.startswith("http:") else PORT
    near = f"http://{_SECTOR}:{port}"
    pages = list(dict.fromkeys([page, near]))
    # The name may lead to ::1 first, where the bank does not listen.
    told = f"http://127.0.0.1:{port}" if page == near else page
    fields = {
        "name": NAME,
        "reason": "examples/other_bank",
        "page": f"{page}/",
        "redirect_uris": "\n".join(f"{address}/signed-in" for address in pages),
        "post_logout_redirect_uris": "\n".join(f"{address}/" for address in pages),
        "backchannel_logout_uri": f"{told}/told",
        "events_uri": f"{told}/told",
        "return_uris": "\n".join(f"{address}/signed" for address in pages),
        "sector": _SECTOR,
    }
    return parse_registration(fields, _PURPOSES, allow_loopback=True)


def _moved(stored: Registration, new: Registration) -> Registration:
    """Return a stored registration at the addresses of a new one."""
    addresses = {name: getattr(new, name) for name in _ADDRESSES}
    sector = choose_sector(stored.sector, new.redirect_uris)
    return replace(stored, sector=sector, **addresses)


def _find(session: Session, client_id: str) -> Institution | None:
    with suppress(InstitutionUnknownError):
        return service.find_active(session, client_id)
    return None


def _read(file: Path) -> Mapping[str, Any]:
    """Return what was handed over before; nothing where nothing readable was."""
    with suppress(OSError, ValueError):
        stored = json.loads(file.read_text("utf-8"))
        return stored if isinstance(stored, dict) else {}
    return {}


def _tls(folder: Path, config: Config, page: str) -> dict[str, Any]:
    """Return the files with which the bank trusts a demo's HTTPS, and has its own."""
    if not config.secure:
        return {}
    files: dict[str, Any] = {"CENTRE_ROOT": str(config.root_certificate)}
    if read_origin(page).host == read_origin(config.public_url).host:
        pair = folder / SERVER_CERTIFICATE, folder / SERVER_KEY
        files["CERTIFICATE_AND_KEY"] = [str(file) for file in pair]
    return files
