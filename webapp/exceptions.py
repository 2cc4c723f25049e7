"""What every refusal of the centre is: an exception with a stable code.

Each domain has a tree of its own below this one. What people read for a code, and the
HTTP status, stands in the domain's `messages.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class AppError(Exception):
    """Something was refused."""

    code: ClassVar[str] = "refused"
    # What the sentence names, %(name)s; a moment is shown as the reader writes it.
    details: Mapping[str, object] = {}
    # A counted attempt, a noted mistake: committed although it is refused.
    keeps_changes: bool = False
    # Seconds after which the same may be taken; 0 where nothing says so.
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """What a refusal says; the sentences are translated when they are read."""

    status: int
    message: Any
    hint: Any
