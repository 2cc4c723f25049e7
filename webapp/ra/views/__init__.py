"""Pages of the counter; each module adds its own to the blueprint."""

from webapp.ra.views import (
    audit_log,
    cards,
    certificates,
    csv_import,
    customers,
    decisions,
    factors,
    held_acts,
    home,
    operators,
    registration,
)

__all__ = [
    "audit_log",
    "cards",
    "certificates",
    "csv_import",
    "customers",
    "decisions",
    "factors",
    "held_acts",
    "home",
    "operators",
    "registration",
]
