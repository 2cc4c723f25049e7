"""Clients of OpenID Connect that we did not write sign somebody in, unread."""

import json
import subprocess
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server

from tests.support.openid import CALLBACK, Person, register
from tests.support.servers import free_port
from webapp import create_app
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

SCRIPT = Path(__file__).parents[4] / "tests" / "support" / "openid_client.mjs"
DEADLINE = 60  # seconds


@pytest.fixture
def config(config):
    """The centre is called what it listens on."""
    url = f"http://127.0.0.1:{free_port()}"
    return replace(config, public_url=url)


@pytest.fixture
def issuer(app, config):
    """A centre that listens."""
    port = urlsplit(config.public_url).port
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield config.public_url
    server.shutdown()
    thread.join()


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def person(app, stored, factory, now, config):
    key = new_key(KeyKind.P_256)
    certificate = factory.issued(now - timedelta(days=1), key=key)
    return Person(app.test_client(), stored, key, certificate)


def go_on(person, address, now):
    """Go where a client sends a browser; return where it comes back to."""
    parts = urlsplit(address)
    answer = person.open(f"{parts.path}?{parts.query}")
    if answer.location.startswith("/ask/"):
        answer = person.sign(answer.location, now)
    if answer.location.startswith("/openid/consent/"):
        answer = person.agree(answer.location)
    assert "/callback?code=" in answer.location, answer.location
    return answer.location


def test_authlib_signs_a_person_in(issuer, stored, person, now):
    institution, secret = register(stored, now)
    session = OAuth2Session(
        institution.id,
        secret,
        scope="openid profile",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    metadata = session.get(
        f"{issuer}/.well-known/openid-configuration", withhold_token=True
    ).json()
    verifier = "v" * 48
    address, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce="n"
    )

    back = go_on(person, address, now)
    token = session.fetch_token(
        metadata["token_endpoint"],
        authorization_response=back,
        state=state,
        code_verifier=verifier,
    )

    keys = KeySet.import_key_set(
        session.get(metadata["jwks_uri"], withhold_token=True).json()
    )
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": issuer}, "aud": {"value": institution.id}},
        {"nonce": "n", "client_id": institution.id, **token},
    )
    claims.validate()
    userinfo = session.get(metadata["userinfo_endpoint"]).json()
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["name"] == "김하나"


@pytest.mark.parametrize("transport", ["plain", "push"])
@pytest.mark.parametrize("proof", ["secret", "key"])
def test_openid_client_signs_a_person_in(issuer, stored, person, now, transport, proof):
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    fields = {}
    if proof == "key":
        fields["auth_method"] = "private_key_jwt"
        fields["jwks"] = json.dumps({"keys": [key.as_dict(private=False)]})
    institution, secret = register(stored, now, **fields)
    shown = json.dumps(key.as_dict(private=True)) if proof == "key" else secret
    command = ["node", str(SCRIPT), issuer, institution.id, shown, transport]

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        address = client.stdout.readline().strip()
        back = go_on(person, address, now)
        output, _errors = client.communicate(f"{back}\n", timeout=DEADLINE)

    learned = json.loads(output)
    assert learned["claims"]["iss"] == issuer
    assert learned["userinfo"]["name"] == "김하나"
    assert (
        learned["userinfo"]["certificate_fingerprint"] == person.certificate.fingerprint
    )
    bye = urlsplit(learned["bye"])
    answer = person.open(f"{bye.path}?{bye.query}")
    assert answer.location == "https://bank.example/bye"
    assert ("request_uri" in address) is (transport == "push")
