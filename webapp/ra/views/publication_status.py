"""Lists and responder at the counter: until when they count, and what is due."""

from flask.typing import ResponseReturnValue

from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session
from webapp.ra.access import CAN_READ_AUDIT, blueprint, render, role_required
from webapp.repository.status_overview import overview


@blueprint.get("/status")
@role_required(CAN_READ_AUDIT)
def publication_status() -> ResponseReturnValue:
    """Show how lists, responder and the centre's own certificates stand."""
    ca, now = current_ca(), utc_now()
    return render(
        "status",
        overview=overview(session(), ca, now),
        locations=ca.locations,
        root_url=f"{ca.config.pki_url}/pki/root.crl",
    )
