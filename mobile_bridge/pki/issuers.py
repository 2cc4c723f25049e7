"""What people call the issuer of a certificate, in the language of the page.

Certificates name their issuer as programs do: `yessignCA Class 3`. The known Korean
authorities have a name that people know; of all others the name stands as it is.

Pure. JavaScript twin: frontend/pki/issuers.js; both read tests/vectors/issuers.json.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from mobile_bridge.languages import N_

# What the common name begins with, before "CA", and what they are called in English.
KNOWN: Final[Mapping[str, str]] = {
    "yessign": N_("KFTC (yessign)"),
    "signgate": N_("KICA (signGATE)"),
    "kica": N_("KICA (signGATE)"),
    "crosscert": N_("CrossCert"),
    "signkorea": N_("Koscom (SignKorea)"),
    "tradesign": N_("KTNET (TradeSign)"),
    "ncasign": N_("NCA (NCASign)"),
    "inipass": N_("Initech (iniPass)"),
    "kisa": N_("KISA"),
}
_NAME: Final = re.compile(
    rf"({'|'.join(KNOWN)})(?: ?(?:Root ?)?CA(?: ?[0-9]+| Class [0-9])?)?",
    re.ASCII | re.IGNORECASE,
)


def issuer_called(common_name: str, gettext: Callable[[str], str]) -> str:
    """Return the name of an issuer in the language of `gettext`."""
    match = _NAME.fullmatch(common_name)
    name = KNOWN.get(match[1].lower()) if match else None
    return gettext(name) if name else common_name
