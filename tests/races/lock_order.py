"""Watch in which order transactions lock rows, and remember who broke it.

webapp/db.py names the order. What a customer has is changed under the customer's lock.
"""

import re
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event

ORDER = ("operator", "customer", "application", "certificate", "asking_request")
LAST = ("status_changes", "audit_head", "audit_entry")
_WRITES = re.compile(
    r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)|"
    r"\s*SELECT\s.*?\sFROM\s+(\w+)\s.*\sFOR\s+(?:NO KEY UPDATE|UPDATE|SHARE)",
    re.DOTALL,
)


class LockOrder:
    """What connections locked in their transactions."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._guard = Lock()
        self._locked: dict[int, list[str]] = {}

    def watch(self, engine: Engine) -> None:
        """Look at every statement of an engine, where rows are locked one by one."""
        if engine.dialect.name == "sqlite":
            return
        event.listen(engine, "before_cursor_execute", self._saw)
        for end in ("commit", "rollback"):
            event.listen(engine, end, self._ended)

    def _saw(
        self,
        connection: Connection,
        _cursor: object,
        statement: str,
        *_rest: Any,
    ) -> None:
        match = _WRITES.match(statement)
        if match is None:
            return
        table = (match[1] or match[2]).strip('"')
        with self._guard:
            locked = self._locked.setdefault(id(connection.connection), [])
            later = [other for other in locked if _rank(other) > _rank(table)]
            if "customer" in locked:  # which stands for all that a customer has
                later = [other for other in later if other in (*ORDER, *LAST)]
            if table not in locked and later:
                self.violations.append(f"{table} after {', '.join(later)}")
            locked.append(table)

    def _ended(self, connection: Connection) -> None:
        with self._guard:
            self._locked.pop(id(connection.connection), None)


def _rank(table: str) -> int:
    if table in ORDER:
        return ORDER.index(table)
    return len(ORDER) + 1 + (LAST.index(table) + 1 if table in LAST else 0)
