"""Who is in a demo: one customer, and two operators."""

from datetime import date
from typing import Final

LOGIN_ID: Final = "demo"
OPERATOR_LOGIN_ID: Final = "operator"
SECOND_OPERATOR_LOGIN_ID: Final = "colleague"  # agrees to what the first one changes
NAME: Final = "김하나"
OPERATOR_NAME: Final = "박도움"
SECOND_OPERATOR_NAME: Final = "이함께"
BIRTH_DATE: Final = date(1990, 1, 31)
PHONE: Final = "+821000000000"  # rings on a page of the demo
EMAIL: Final = "hana@example.com"
