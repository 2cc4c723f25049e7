"""Structured logs, one JSON object a line; nothing secret is ever handed to them."""

import structlog


def configure() -> None:
    """Set the form of the log for this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ]
    )
