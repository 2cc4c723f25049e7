"""What is published obeys the metadata that authlib knows."""

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata

from webapp.relying.openid.discovery import describe_provider


def test_the_metadata_is_whole(app):
    answer = app.test_client().get("/.well-known/openid-configuration")

    metadata = answer.get_json()
    secure = describe_provider("https://centre.example")
    OpenIDProviderMetadata(secure).validate()
    AuthorizationServerMetadata(secure).validate()
    assert metadata == describe_provider("http://127.0.0.1:8000")
    assert "Set-Cookie" not in answer.headers


def test_the_keys_are_read_without_a_cookie(app):
    answer = app.test_client().get("/openid/keys")

    assert "Set-Cookie" not in answer.headers
    assert answer.get_json() == {"keys": []}  # the first is made with the first token
