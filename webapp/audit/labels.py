"""Codes that are stored, each with what people read for it."""

from enum import StrEnum

from flask_babel.speaklater import LazyString


class LabelledCode(StrEnum):
    """A code as it is stored, and its labels.

    `label` is read at the counter; `customer_label` by the customer whom an entry is
    about, in their own history. One label alone is for both.
    """

    label: LazyString
    customer_label: LazyString

    def __new__(
        cls, code: str, label: LazyString, customer_label: LazyString | None = None
    ) -> "LabelledCode":
        """Make a member that is its code, with its labels beside it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.customer_label = label if customer_label is None else customer_label
        return member
