"""What people read for the refusals of the checks of who somebody is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from webapp.identity.card_answers import CARD_ANSWERS
from webapp.identity.phone_answers import PHONE_ANSWERS
from webapp.refusals import Answer

ANSWERS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        **PHONE_ANSWERS,
        **CARD_ANSWERS,
    }
)
