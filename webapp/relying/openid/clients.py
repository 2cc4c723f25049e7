"""An institution, as authlib wants to be shown a client."""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin
from joserfc.jwk import KeySet
from sqlalchemy.orm import Session

from webapp.relying.institutions import service
from webapp.relying.institutions.errors import InstitutionUnknownError
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import Purpose
from webapp.relying.openid.rules import claims_of


class Client(ClientMixin):  # type: ignore[misc]  # authlib has no types
    """A registered institution that may have people sign in."""

    def __init__(self, institution: Institution) -> None:
        self.institution = institution

    @property
    def client_metadata(self) -> dict[str, Sequence[str]]:
        """What authlib's end of a session reads."""
        uris = self.institution.post_logout_redirect_uris
        return {"post_logout_redirect_uris": uris}

    @property
    def key_set(self) -> KeySet:
        """The public keys that it signs its assertions with."""
        return KeySet.import_key_set(self.institution.registration.key_set)

    def get_client_id(self) -> str:
        """Return its client_id."""
        return self.institution.id

    def get_default_redirect_uri(self) -> None:
        """Return none: a request names its address (Core 3.1.2.1)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the scope; None where it does not ask for OpenID Connect."""
        return None if claims_of(scope) is None else scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether an address was registered, sign by sign."""
        return redirect_uri in self.institution.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether this is its secret."""
        return service.is_secret(self.institution, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Tell whether it proves itself like this, at every endpoint."""
        return bool(method == self.institution.auth_method)

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether it may ask for a response: for codes."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it may exchange a grant: codes."""
        return grant_type == "authorization_code"


def find_client(session: Session, client_id: Any) -> Client | None:
    """Return the client of an id; None where none may have people sign in."""
    try:
        institution = service.find_active(session, str(client_id))
    except InstitutionUnknownError:
        return None
    return Client(institution) if Purpose.SIGN_IN in institution.purposes else None
