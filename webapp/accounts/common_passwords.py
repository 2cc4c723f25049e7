"""The commonest passwords, which everybody who guesses tries first.

From zxcvbn's list of 30,000, ordered by how often they stood in leaked ones.
"""

import re
import unicodedata
from functools import cache


def is_common(password: str) -> bool:
    """Tell whether a password is among the commonest, however it is written.

    Capitals, full-width forms and what stands between the letters make none rarer.
    """
    plain = unicodedata.normalize("NFKC", password).casefold().strip()
    return not {plain, re.sub(r"[\W_]", "", plain)}.isdisjoint(_common())


@cache
def _common() -> frozenset[str]:
    # Read when first asked for: most requests need none of it.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])
