"""What programs read about the provider (Discovery 1.0, RFC 8414)."""

from typing import Any, Final

from webapp.relying.institutions.rules import AuthMethod
from webapp.relying.openid.keys import ALGORITHM
from webapp.relying.openid.rules import PERMISSIONS, SCOPES, Claim, KeyPlace, Prompt

AUTHORIZE: Final = "/openid/authorize"
PUSH: Final = "/openid/par"
TOKEN: Final = "/openid/token"  # noqa: S105 - an address
USERINFO: Final = "/openid/userinfo"
REVOKE: Final = "/openid/revoke"
KEYS: Final = "/openid/keys"
LOGOUT: Final = "/openid/logout"
ASSERTION_ALGORITHMS: Final = ("RS256", "PS256", "ES256")


def describe_provider(issuer: str) -> dict[str, Any]:
    """Return the metadata of the provider whose address is `issuer`."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "pushed_authorization_request_endpoint": issuer + PUSH,
        "token_endpoint": issuer + TOKEN,
        "userinfo_endpoint": issuer + USERINFO,
        "revocation_endpoint": issuer + REVOKE,
        "jwks_uri": issuer + KEYS,
        "end_session_endpoint": issuer + LOGOUT,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [place.value for place in KeyPlace],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": [
            method.value for method in AuthMethod
        ],
        "revocation_endpoint_auth_signing_alg_values_supported": list(
            ASSERTION_ALGORITHMS
        ),
        "revocation_endpoint_auth_methods_supported": [
            method.value for method in AuthMethod
        ],
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr"),
            *("sid", *(claim.value for claim in Claim if claim not in PERMISSIONS)),
        ],
        "prompt_values_supported": [prompt.value for prompt in Prompt],
        "ui_locales_supported": ["ko", "en"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_pushed_authorization_requests": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": False,
    }
