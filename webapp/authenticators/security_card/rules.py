"""A security card: its codes, what it asks for, and when it locks. Pure."""

import re
from dataclasses import dataclass
from hmac import compare_digest
from random import Random

CODES = 35
DIGITS = 4
MAX_ERRORS = 5  # then only the counter can unlock it


@dataclass(frozen=True, slots=True)
class CardChallenge:
    """Which two codes are asked for, 1 to 35: of `first` the first two digits, of
    `second` the last two.
    """

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class CardResponse:
    """The two halves that somebody typed."""

    first: str
    second: str

    @property
    def is_complete(self) -> bool:
        """Tell whether both halves are two digits; anything else is no try."""
        return all(
            re.fullmatch("[0-9]{2}", half, re.ASCII)
            for half in (self.first, self.second)
        )


def new_codes(random: Random) -> tuple[str, ...]:
    """Return the codes of a new card; `random` must be one that nobody can foresee."""
    return tuple(f"{random.randrange(10**DIGITS):0{DIGITS}}" for _ in range(CODES))


def new_number(random: Random) -> str:
    """Return the number that is printed on a card."""
    digits = f"{random.randrange(10**12):012}"
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def new_challenge(random: Random, before: CardChallenge | None = None) -> CardChallenge:
    """Return two codes to ask for, and never those of `before` again at once."""
    while True:
        first, second = random.sample(range(1, CODES + 1), 2)
        if CardChallenge(first, second) != before:
            return CardChallenge(first, second)


def verify(
    response: CardResponse, challenge: CardChallenge, codes: tuple[str, ...]
) -> bool:
    """Tell whether an answer is right, in a time that does not depend on how far."""
    expected = codes[challenge.first - 1][:2] + codes[challenge.second - 1][2:]
    return compare_digest(
        expected.encode(), (response.first + response.second).encode()
    )
