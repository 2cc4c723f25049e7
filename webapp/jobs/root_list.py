"""The root's revocation list: signed anew in a demo, asked for elsewhere.

A demo's root key lies in its folder. The root of a real centre is offline, so all the
centre can do is say in time that a new list is due.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from webapp import demo
from webapp.ca_material import read_crl
from webapp.pki.revocation import CODES, Entry, Reason, build_list

ENOUGH: Final = timedelta(days=60)
_REASONS: Final = {code: reason for reason, code in CODES.items()}


def left_of(path: Path, now: datetime) -> timedelta:
    """Return for how long the root's list at `path` still counts."""
    return _ends(read_crl(path)) - now


def renew_demo_list(path: Path, now: datetime) -> bool:
    """Sign a demo's list anew, with the next number, when it ends soon."""
    old = read_crl(path)
    if _ends(old) - now >= ENOUGH:
        return False
    number = old.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    fresh = build_list(
        demo.load_root(path.parent.parent),
        [_entry(each) for each in old],
        number=number + 1,
        this_update=now,
        next_update=now + demo.ROOT_LIST_LIFE,
    )
    demo.write_secretly(path, fresh)
    return True


def _ends(old: x509.CertificateRevocationList) -> datetime:
    ends = old.next_update_utc
    if ends is None:
        raise ValueError("a revocation list without an end")
    return ends


def _entry(each: x509.RevokedCertificate) -> Entry:
    reason = Reason.UNSPECIFIED
    for extension in each.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = Reason[extension.value.reason.name.upper()]
    return Entry(serial=each.serial_number, at=each.revocation_date_utc, reason=reason)
