"""Structured logs, one JSON object a line; nothing secret is ever handed to them.

What libraries say takes the same form: a line is JSON in ASCII, so that nothing that a
client wrote can begin another line or speak to a terminal, and of an exception it names
the kind alone.
"""

import json
import logging
from datetime import UTC, datetime
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
    handler = logging.StreamHandler(file)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


class LineFormatter(logging.Formatter):
    """Writes what a library logs as one line of JSON, without a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[0]:
            line["kind"] = record.exc_info[0].__name__
        return json.dumps(line)
