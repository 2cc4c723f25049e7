"""What the centre says of its refusals, all packages together."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import webapp
from webapp.authenticators.factors import error_messages
from webapp.exceptions import ErrorMessage
from webapp.web.error_handlers import ERROR_MESSAGES as SITE

HERE = Path(webapp.__file__).parent
PACKAGES = sorted(
    ".".join(path.parent.relative_to(HERE).parts) for path in HERE.rglob("messages.py")
)
ERROR_MESSAGES: Mapping[str, ErrorMessage] = {
    code: message
    for table in (
        SITE,
        error_messages(),
        *(
            getattr(import_module(f"webapp.{name}.messages"), "ERROR_MESSAGES", {})
            for name in PACKAGES
        ),
    )
    for code, message in table.items()
}
