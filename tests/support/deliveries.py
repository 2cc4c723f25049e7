"""What institutions are told, read as they read it: by PyJWT, and nothing of ours."""

from dataclasses import dataclass
from typing import Any

import jwt
from flask.testing import FlaskClient

from tests.support.receiver import Received


@dataclass(frozen=True, slots=True)
class ReadToken:
    """A token whose signature a library that is not ours found good."""

    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def event(self) -> str:
        """Its one event."""
        (name,) = self.claims["events"]
        return str(name)

    @property
    def members(self) -> dict[str, Any]:
        """What stands in it."""
        members: dict[str, Any] = self.claims["events"][self.event]
        return members


def read_token(program: FlaskClient, post: Received, audience: str) -> ReadToken:
    """Check a pushed token with the centre's published keys, as an institution does.

    Raises:
        jwt.PyJWTError: it is not good.
    """
    token = post.body.decode()
    header = jwt.get_unverified_header(token)
    published = program.get("/openid/keys").get_json()
    (key,) = (key for key in published["keys"] if key["kid"] == header["kid"])
    claims = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=["RS256"],
        audience=audience,
        issuer="http://127.0.0.1:8000",
        options={"require": ["iss", "aud", "iat", "jti"]},
    )
    return ReadToken(header, claims)
