"""A value that stays out of logs and error reports."""


class Secret(str):
    """A string that does not show itself in a log or an error report."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"
