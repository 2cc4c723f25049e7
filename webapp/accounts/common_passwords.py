"""The commonest passwords, which everybody who guesses tries first.

The short list is the browser's too (its twin: `frontend/accounts/common_passwords.js`).
The long one is from zxcvbn: 30,000, ordered by how often they stood in leaked ones.
"""

import re
import unicodedata
from functools import cache
from typing import Final

# The words in the commonest passwords of the world and of Korea, longest first; some
# are Korean words typed on a Latin keyboard. What people add to them, digits, signs and
# rows of keys, is the rule's matter (`password_policy.py`).
_LIST: Final = """
    rhdehddlswmdtj administrator dkssudgktpdy certificate eogksalsrnr qlalfqjsgh
    certferry minecraft saranghae baseball computer corvette dlswmdtj facebook
    football iloveyou internet jennifer maverick mercedes michelle password passwort
    princess samantha starwars sunshine superman whatever asshole charlie chelsea
    chicken default diamond ferrari freedom fuckyou jessica letmein loveyou michael
    mustang phoenix pokemon samsung scooter thunder tkfkdgo trustno welcome yessign
    access amanda andrew ashley austin banana batman buster change cheese cookie
    cowboy dallas daniel dkssud dmsgod dragon falcon flower george ginger gksrnr
    golfer google guitar hammer harley hockey hunter jordan joshua killer lovely
    maggie master matrix merlin mickey monkey naruto nicole orange passwd peanut
    pepper ranger robert sarang secret shadow silver snoopy soccer sparky spring
    summer thomas winter yankee zkzkdh admin angel apple guest hello kakao korea
    login naver pussy qlqjs seoul tiger tkfkd tpsxj 1004 7942 8282 bank fuck love
    npki pass root sexy temp test user
"""
WORDS: Final = tuple(_LIST.split())


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
