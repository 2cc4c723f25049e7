"""What settings may name as second factor, as the table of factors says it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.config.setting_values import SettingValueError


@dataclass(frozen=True, slots=True)
class FactorOption:
    """A second factor; `needs_key`: its secrets are encrypted with the identity key."""

    id: str
    needs_key: bool = False


FactorOptions = Sequence[FactorOption]


def read_second_checks(text: str, options: FactorOptions) -> tuple[str, ...]:
    """Read which of the options may be used, in this order.

    Raises:
        SettingValueError: it names none of them, or something else.
    """
    ids = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    offered = [option.id for option in options]
    if not ids or not set(ids) <= set(offered):
        raise SettingValueError(f"write any of: {' '.join(offered)}")
    return ids


def any_needs_key(ids: Iterable[str], options: FactorOptions) -> bool:
    """Tell whether one of the named factors needs the identity key."""
    return not {option.id for option in options if option.needs_key}.isdisjoint(ids)
