"""A registration takes exact addresses, public keys and one sector."""

import json

import pytest
from joserfc.jwk import ECKey, RSAKey

from webapp.relying.institutions.errors import (
    RegistrationError,
    RegistrationSectorError,
)
from webapp.relying.institutions.rules import (
    AuthMethod,
    Purpose,
    parse_jwks,
    parse_registration,
)

FIELDS = {
    "name": "Other bank",
    "reason": "Sign-in",
    "page": "https://bank.example/",
    "redirect_uris": "https://bank.example/callback",
}
EC = ECKey.generate_key("P-256", {"kid": "1", "use": "sig"})


def parse(purposes=("sign_in",), allow_loopback=False, **fields):
    return parse_registration(
        {**FIELDS, **fields}, purposes, allow_loopback=allow_loopback
    )


def key_set(*keys, private=False):
    return json.dumps({"keys": [key.as_dict(private=private) for key in keys]})


def test_a_registration_is_read_as_it_is_typed():
    registration = parse(
        ("consent", "sign_in"),
        redirect_uris="https://bank.example/a\r\n\r\n https://bank.example/b?x=1 \n",
    )

    assert registration.redirect_uris == (
        "https://bank.example/a",
        "https://bank.example/b?x=1",
    )
    assert registration.purposes == (Purpose.SIGN_IN, Purpose.CONSENT)
    assert registration.sector == "bank.example"
    assert registration.auth_method is AuthMethod.SECRET


@pytest.mark.parametrize(
    "address",
    [
        "http://bank.example/callback",
        "http://127.0.0.1:8000/callback",
        "https://bank.example/callback#part",
        "https://bank.example/*",
        "https://user@bank.example/",
        "https:///callback",
        "https://bank.example:0/",
        "https://bank.example:99999/",
        "https://bank.example/a b",
        'https://bank.example/"',
        "https://은행.example/",
        "//bank.example/",
        "javascript:alert(1)",
        "https://bank.example/" + "a" * 200,
    ],
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(RegistrationError) as refusal:
        parse(redirect_uris=address)

    assert (refusal.value.code, refusal.value.field) == (
        "institution_address",
        "redirect_uris",
    )


def test_a_trial_may_name_the_same_computer():
    registration = parse(
        allow_loopback=True,
        page="http://localhost:5000/",
        redirect_uris="http://localhost:5000/callback",
    )

    assert registration.sector == "localhost"


def test_several_hosts_need_a_sector_that_is_one_of_them():
    addresses = "https://a.example/\nhttps://b.example/"

    assert parse(redirect_uris=addresses, sector="B.example").sector == "b.example"
    for sector in ("", "c.example"):
        with pytest.raises(RegistrationSectorError):
            parse(redirect_uris=addresses, sector=sector)


@pytest.mark.parametrize("purposes", [(), ("sign_in", "everything")])
def test_a_purpose_is_one_of_ours(purposes):
    with pytest.raises(RegistrationError) as refusal:
        parse(purposes)

    assert refusal.value.code == "institution_purposes"


def test_public_keys_are_taken():
    rsa = RSAKey.generate_key(2048, {"kid": "2"})

    assert json.loads(parse_jwks(key_set(EC, rsa)))["keys"][1]["kid"] == "2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"keys": []}',
        '{"keys": [1]}',
        '{"keys": [{"kty": "oct", "k": "AAAA", "kid": "1"}]}',
        key_set(EC, private=True),
        key_set(EC, EC),
        key_set(RSAKey.generate_key(1024, {"kid": "1"})),
        key_set(ECKey.generate_key("P-521", {"kid": "1"})),
        '{"keys": [' + "[" * 3000 + "]" * 3000 + "]}",
        "x" * 9000,
    ],
)
def test_keys_that_cannot_be_used_are_refused(text):
    with pytest.raises(RegistrationError) as refusal:
        parse_jwks(text)

    assert refusal.value.code == "institution_keys"
