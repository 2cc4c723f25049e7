"""The provider on authlib: which requests it takes, what it gives, how it signs.

Nothing commits here: the views' units of work do, for refusals too, since a code that
is used twice ends its token (RFC 6749 4.1.2).
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint, EndSessionRequest
from flask import Response, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from webapp.authenticators.encryption import EncryptionError, read_key
from webapp.ca.context import current_ca
from webapp.clock import true_time, utc_now
from webapp.db import lock, session
from webapp.relying.institutions.rules import AuthMethod
from webapp.relying.openid import keys, sign_ins
from webapp.relying.openid.clients import Client, find_client
from webapp.relying.openid.discovery import ASSERTION_ALGORITHMS, PUSH, TOKEN
from webapp.relying.openid.errors import NoSigningKeyError
from webapp.relying.openid.models import Grant, SignIn, UsedAssertion
from webapp.relying.openid.rules import CODE_LIFE, TOKEN_LIFE
from webapp.relying.program_secrets import hash_secret

AUTH_METHODS: Final = [method.value for method in AuthMethod]
log = structlog.get_logger()
_HTTPS: Final = "https://centre.invalid"  # whether it came so, our own guards look at
_MAX_ASSERTION_LIFE: Final = 3600  # seconds
_MAX_JTI: Final = 256


class Payload(OAuth2Payload):  # type: ignore[misc]  # authlib has no types
    """The parameters of a request, wherever they come from."""

    def __init__(self, parameters: Mapping[str, str] | MultiDict[str, str]) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in MultiDict(parameters).items(multi=True):
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        """Each parameter, as it was sent first."""
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """Each parameter, as often as it was sent."""
        return self._lists


class ProviderRequest(OAuth2Request):  # type: ignore[misc]
    """A request as authlib wants to be shown one."""

    def __init__(self, parameters: Mapping[str, str] | MultiDict[str, str]) -> None:
        super().__init__(request.method, _HTTPS + request.path, headers=request.headers)
        self.payload = Payload(parameters)

    @property
    def form(self) -> dict[str, str]:
        """What stands in the body."""
        fields: dict[str, str] = self.payload.data
        return fields


class Provider(AuthorizationServer):  # type: ignore[misc]
    """The authorization server of this centre."""

    def __init__(self) -> None:
        super().__init__()
        self.register_client_auth_method(AuthMethod.KEYS.value, Assertion())
        self.register_token_generator("default", _make_token)
        self.register_grant(CodeGrant, [Challenge(), IdToken()])
        self.register_endpoint(SessionEnd)
        self.register_endpoint(Revocation)

    def query_client(self, client_id: str) -> Client | None:
        """Return a client, for authlib."""
        return find_client(session(), client_id)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Keep the hash of a token that a code was exchanged for."""
        grant: Grant = request.authorization_code.grant
        grant.token_hash = hash_secret(token["access_token"])
        grant.token_expires_at = utc_now() + TOKEN_LIFE

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        """Return a request that was prepared, else the one of this call."""
        if isinstance(request, OAuth2Request):
            return request
        return ProviderRequest(form_of_call())

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        """Return an answer of authlib's as Flask's."""
        text = json.dumps(body) if isinstance(body, dict) else body
        return Response(text, status=status, headers=headers)

    def send_signal(self, name: str, *args: object, **values: object) -> None:
        """Tell nobody: nothing listens."""


class Code:
    """A code as authlib wants to be shown one."""

    def __init__(self, grant: Grant, sign_in: SignIn) -> None:
        self.grant, self.sign_in = grant, sign_in
        self.code_challenge = grant.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Return where the code was sent."""
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        """Return what was asked for."""
        return self.grant.scope

    def get_nonce(self) -> str:
        """Return what binds the token to the institution's own session."""
        return self.grant.nonce

    def get_auth_time(self) -> int:
        """Return when the person signed, in seconds since 1970."""
        return int(true_time(self.sign_in.signed_at).timestamp())

    def get_acr(self) -> str:
        """Return that a certificate signed, and where its key is."""
        return self.sign_in.acr

    def get_amr(self) -> list[str]:
        """Return how: by a key in software (RFC 8176)."""
        return ["swk"]


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes: bound to client, address and challenge, for a minute, once."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def generate_authorization_code(self) -> str:
        """Return a new code of 256 bits."""
        return secrets.token_urlsafe(32)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep the hash of a code, with what it is bound to."""
        parameters = request.payload.data
        session().add(
            Grant(
                id=secrets.token_hex(16),
                sign_in_id=request.user.id,
                code_hash=hash_secret(code),
                redirect_uri=parameters["redirect_uri"],
                scope=parameters["scope"][:200],
                nonce=parameters.get("nonce", ""),
                code_challenge=parameters["code_challenge"],
                code_expires_at=utc_now() + CODE_LIFE,
            )
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Return a code of this client; one that was used ends its token."""
        stmt = select(Grant).where(Grant.code_hash == hash_secret(code))
        grant = session().scalar(stmt)
        if grant is None:
            return None
        lock(session(), grant)  # of two who bring it at once, one is told so
        sign_in = session().get_one(SignIn, grant.sign_in_id)
        if sign_in.institution_id != client.get_client_id():
            return None
        now = utc_now()
        if grant.code_used_at is not None:
            grant.revoked_at = grant.revoked_at or now
            return None
        is_good = grant.revoked_at is None and now < grant.code_expires_at
        return Code(grant, sign_in) if is_good else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Keep that a code was used."""
        authorization_code.grant.code_used_at = utc_now()

    def authenticate_user(self, authorization_code: Code) -> SignIn | None:
        """Return who signed in; None where the certificate counts no more."""
        sign_in = authorization_code.sign_in
        return sign_in if sign_ins.is_usable(session(), sign_in, utc_now()) else None


class Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE, always, and with SHA-256 alone (RFC 9700 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ["S256"]

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Require a challenge by SHA-256."""
        parameters = grant.request.payload.data
        if not parameters.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if parameters.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Only 'S256' is a 'code_challenge_method' here")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]
    """The id_token: who, where, when and how; nothing that was agreed to apart."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Tell that a nonce is new: that the same comes twice is for who made it."""
        return False

    def __call__(self, grant: CodeGrant) -> None:
        """Sign what goes with a token. What is asked first, our own rules say."""
        grant.register_hook("after_create_token_response", self.process_token)

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Return who tells whom, and until when."""
        now = seconds(utc_now())
        lasts = int(TOKEN_LIFE.total_seconds())
        issuer = current_ca().config.public_url
        audience = client.get_client_id()
        return {"iss": issuer, "aud": audience, "iat": now, "exp": now + lasts}

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """Return which key signs."""
        return {"alg": keys.ALGORITHM, "kid": str(signing_key().kid)}

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """Return the key that signs."""
        return signing_key()

    def generate_user_info(self, user: SignIn, scope: str) -> dict[str, str]:
        """Return who; the rest is at the userinfo endpoint (Core 5.4)."""
        return {"sub": user.subject, "sid": user.id}


class Assertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """private_key_jwt (RFC 7523 2.2), each assertion once."""

    CLIENT_AUTH_METHOD = AuthMethod.KEYS.value

    def __init__(self) -> None:
        super().__init__(validate_jti=True)

    def get_audiences(self) -> list[str]:
        """Return what this centre may be called."""
        issuer = current_ca().config.public_url
        return [issuer, issuer + TOKEN, issuer + PUSH]

    def resolve_client_public_key(self, client: Client) -> KeySet:
        """Return the keys that an institution registered."""
        return client.key_set

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> Any:
        """Check the signature, by an algorithm of a public key, and the claims."""
        try:
            token = jwt.decode(
                assertion, resolve_key, algorithms=list(ASSERTION_ALGORITHMS)
            )
        except (JoseError, ValueError):
            raise InvalidClientError(description="Invalid JWT assertion.") from None
        self.verify_claims(token.claims)
        return token.claims

    def validate_jti(self, claims: Mapping[str, Any], jti: object) -> bool:
        """Tell whether an assertion is new; keep that it was used."""
        ends = claims["exp"]
        latest = seconds(utc_now()) + _MAX_ASSERTION_LIFE
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI or ends > latest:
            return False
        name = hash_secret(f"{claims['sub']} {jti}")
        if session().get(UsedAssertion, name) is not None:
            return False
        until = datetime.fromtimestamp(ends + self.leeway, UTC)
        session().add(UsedAssertion(id=name, expires_at=until))
        session().flush()
        return True


class SessionEnd(EndSessionEndpoint):  # type: ignore[misc]
    """RP-Initiated Logout 1.0: a session ends by the token that it gave."""

    def get_server_jwks(self) -> KeySet:
        """Return what checks an id_token of ours, also of a past key."""
        return keys.public_key_set(session(), utc_now())

    def get_algorithms(self) -> list[str]:
        """Return how ours are signed."""
        return [keys.ALGORITHM]

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        """End the sign-in that the token names."""
        claims = end_session_request.id_token_claims or {}
        sign_in = session().get(SignIn, str(claims.get("sid", ""))[:32])
        if sign_in is not None:
            sign_ins.end_all(session(), [sign_in], utc_now())


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """A program ends a token of its own (RFC 7009)."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string: str, token_type_hint: str) -> "Token | None":
        """Return a token of ours; there is one kind."""
        return TokenValidator().authenticate_token(token_string)

    def revoke_token(self, token: "Token", request: OAuth2Request) -> None:
        """End it."""
        token.grant.revoked_at = token.grant.revoked_at or utc_now()


class TokenValidator(BearerTokenValidator):  # type: ignore[misc]
    """Bearer tokens at the userinfo endpoint (RFC 6750)."""

    def authenticate_token(self, token_string: str) -> "Token | None":
        """Return a token of ours."""
        stmt = select(Grant).where(Grant.token_hash == hash_secret(token_string))
        grant = session().scalar(stmt)
        if grant is None:
            return None
        return Token(grant, session().get_one(SignIn, grant.sign_in_id))


class Token:
    """A token as authlib wants to be shown one."""

    def __init__(self, grant: Grant, sign_in: SignIn) -> None:
        self.grant, self.sign_in = grant, sign_in

    def check_client(self, client: Client) -> bool:
        """Tell whether it was given to a client."""
        return bool(self.sign_in.institution_id == client.get_client_id())

    def is_expired(self) -> bool:
        """Tell whether its time is over."""
        ends = self.grant.token_expires_at
        return ends is None or utc_now() >= ends

    def is_revoked(self) -> bool:
        """Tell whether it, its sign-in or the certificate ended."""
        is_usable = sign_ins.is_usable(session(), self.sign_in, utc_now())
        return self.grant.revoked_at is not None or not is_usable

    def get_scope(self) -> str:
        """Return what was asked for."""
        return self.grant.scope


def signing_key() -> RSAKey:
    """Return the key that signs now.

    Raises:
        NoSigningKeyError: the centre has no identity key, or another one.
    """
    try:
        seal = read_key(current_ca().config.identity_key)
        if not keys.list_keys(session(), utc_now()):
            keys.prepare(session(), seal, secrets.token_bytes, utc_now())
            session().flush()
        return keys.current_key(session(), seal, utc_now())
    except EncryptionError as error:
        log.warning("no_openid_key", reason=error.code)
        raise NoSigningKeyError from error


def read_id_token(text: str) -> dict[str, Any] | None:
    """Return what an id_token of ours says, however old; None where it is none."""
    try:
        public = keys.public_key_set(session(), utc_now())
        claims = jwt.decode(text, public, algorithms=[keys.ALGORITHM]).claims
    except (JoseError, ValueError):
        return None
    return dict(claims)


def form_of_call() -> MultiDict[str, str]:
    """Return the parameters of this call, where its method has them."""
    return request.form if request.method == "POST" else request.args


def seconds(moment: datetime) -> int:
    """Return a moment as tokens write it, by the true clock."""
    return int(true_time(moment).timestamp())


def _make_token(scope: str, **_others: object) -> dict[str, object]:
    return {
        "token_type": "Bearer",
        "access_token": secrets.token_urlsafe(32),
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "scope": scope,
    }
