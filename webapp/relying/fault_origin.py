"""Whose fault an exception is: that of the bytes that were read, or of this program.

What foreign bytes make a reader raise stands in no list, so its type alone says little.
Where it was raised does: inside of a reader of such bytes, or in code of ours. Pure.
"""

import traceback
from dataclasses import dataclass
from typing import Final

_OWN: Final = frozenset({"webapp", "mobile_bridge"})
_READERS: Final = frozenset(
    {"asn1crypto", "cryptography", "oscrypto", "pyhanko", "pyhanko_certvalidator"}
)
# Of the machine, wherever they are raised; io.UnsupportedOperation is both kinds.
_OF_THE_MACHINE: Final = (ImportError, OSError)


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception that nobody expected, without a word of what was read.

    `kind` is its type; `place` is module and line, `is_own` whether the fault is ours.
    """

    kind: str
    place: str
    is_own: bool


def describe_fault(error: BaseException) -> Fault:
    """Return what an operator may read of an exception."""
    modules = _raised_in(error)
    module, line = next(
        ((name, line) for name, line in modules if _package(name) in _OWN | _READERS),
        modules[0] if modules else ("", 0),
    )
    is_of_machine = isinstance(error, _OF_THE_MACHINE) and not isinstance(
        error, ValueError
    )
    is_own = is_of_machine or _package(module) not in _READERS
    return Fault(type(error).__name__, f"{module}:{line}", is_own)


def is_own_fault(error: BaseException) -> bool:
    """Tell whether an exception is a fault of this program, not of what was read."""
    return describe_fault(error).is_own


def _raised_in(error: BaseException) -> list[tuple[str, int]]:
    """Return the modules that an exception came through, the innermost first."""
    frames = traceback.walk_tb(error.__traceback__)
    modules = [(frame.f_globals.get("__name__", ""), line) for frame, line in frames]
    return modules[::-1]


def _package(module: str) -> str:
    return module.partition(".")[0]
