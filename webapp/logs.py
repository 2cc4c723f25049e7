"""Structured logs, one JSON object a line; nothing secret is ever handed to them."""

from typing import TextIO

import structlog


def configure(file: TextIO | None = None) -> None:
    """Set the form of the log for this process; it goes to the output, else `file`."""
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(file),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
    )
