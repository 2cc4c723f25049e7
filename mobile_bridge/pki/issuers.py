"""What people call the issuer of a certificate, in the language of the page.

Certificates name their issuer as programs do: `yessignCA Class 3`. The known Korean
authorities have a name that people know; of all others the name stands as it is.

Pure. JavaScript twin: frontend/pki/issuers.js; both read tests/vectors/issuers.json.
"""

import re
from collections.abc import Mapping
from typing import Final

# What the common name begins with, before "CA"; in Korean and in English.
KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "yessign": ("금융결제원(yessign)", "KFTC (yessign)"),
    "signgate": ("한국정보인증(KICA)", "KICA (signGATE)"),
    "kica": ("한국정보인증(KICA)", "KICA (signGATE)"),
    "crosscert": ("한국전자인증(CrossCert)", "CrossCert"),
    "signkorea": ("코스콤(SignKorea)", "Koscom (SignKorea)"),
    "tradesign": ("한국무역정보통신(TradeSign)", "KTNET (TradeSign)"),
    "ncasign": ("한국전산원(NCASign)", "NCA (NCASign)"),
    "inipass": ("이니텍(iniPass)", "Initech (iniPass)"),
    "kisa": ("한국인터넷진흥원(KISA)", "KISA"),
}
_NAME: Final = re.compile(
    rf"({'|'.join(KNOWN)})(?: ?(?:Root ?)?CA(?: ?[0-9]+| Class [0-9])?)?",
    re.ASCII | re.IGNORECASE,
)


def issuer_called(common_name: str, language: str) -> str:
    """Return the name of an issuer in `language`, "ko" or "en"."""
    match = _NAME.fullmatch(common_name)
    known = KNOWN.get(match[1].lower()) if match else None
    return known[language != "ko"] if known else common_name
