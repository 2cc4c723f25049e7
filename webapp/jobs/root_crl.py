"""The root's revocation list: signed anew in a demo, asked for elsewhere.

A demo's root key lies in its folder. The root of a real centre is offline, so all the
centre can do is say in time that a new list is due.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from webapp.ca.material import read_crl
from webapp.demo import instance
from webapp.pki.crl import build_crl, crl_end, crl_number, parse_entries
from webapp.private_file import replace_private

RENEW_BEFORE: Final = timedelta(days=60)


def time_left(path: Path, now: datetime) -> timedelta:
    """Return for how long the root's list at `path` still counts."""
    return crl_end(read_crl(path)) - now


def renew_demo_crl(path: Path, now: datetime) -> bool:
    """Sign a demo's list anew, with the next number, when it ends soon."""
    old = read_crl(path)
    if crl_end(old) - now >= RENEW_BEFORE:
        return False
    signed_crl = build_crl(
        instance.load_root(path.parent.parent),
        parse_entries(old),
        number=crl_number(old) + 1,
        this_update=now,
        next_update=now + instance.ROOT_LIST_LIFE,
    )
    replace_private(path, signed_crl)
    return True
