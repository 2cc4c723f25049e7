"""A real centre is told everything, and says at once what it was not told."""

import pytest

from webapp.config import SECRETS, WHEN_USED, Config, MissingSettingsError, Secret

WHOLE = {
    "CERTFERRY_SECRET_KEY": "0123456789abcdef" * 2,
    "CERTFERRY_DATABASE_URL": "sqlite:////srv/c.db",
    "CERTFERRY_PUBLIC_URL": "https://ca.example/",
    "CERTFERRY_ISSUING_CERTIFICATE": "/srv/issuing.crt",
    "CERTFERRY_ISSUING_KEY": "/srv/issuing.key",
    "CERTFERRY_ISSUING_PASSPHRASE": "open sesame",
    "CERTFERRY_ROOT_CERTIFICATE": "/srv/root.crt",
    "CERTFERRY_ROOT_CRL": "/srv/root.crl",
}


def test_everything_that_is_missing_is_named_at_once():
    with pytest.raises(MissingSettingsError) as raised:
        Config.from_env({})

    assert raised.value.names == list(SECRETS)
    assert set(SECRETS) == set(WHOLE)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("given", [None, ""])
def test_a_single_missing_setting_is_named(name, given):
    environ = {**WHOLE, name: given}
    if given is None:
        del environ[name]

    with pytest.raises(MissingSettingsError) as raised:
        Config.from_env(environ)

    assert raised.value.names == [name]


def test_a_whole_environment_makes_a_real_centre():
    config = Config.from_env(WHOLE)

    assert config.public_url == "https://ca.example"
    assert config.pki_url == "http://ca.example"  # RFC 5280 8: lists over plain HTTP
    assert config.secure
    assert not config.demo
    assert config.rate_limits
    assert not config.require_phone_check
    assert not config.require_security_card
    assert config.redis_url is None
    assert config.limits_storage is None


def test_what_is_optional_is_read_too():
    config = Config.from_env(
        {
            **WHOLE,
            "CERTFERRY_PKI_URL": "http://pki.example/",
            "CERTFERRY_TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1/32",
            "CERTFERRY_REQUIRE_PHONE_CHECK": "1",
            "CERTFERRY_REQUIRE_SECURITY_CARD": "1",
            "CERTFERRY_PHONE_GATEWAY": "twilio",
            "CERTFERRY_VOICE_ACCOUNT": "AC1",
            "CERTFERRY_VOICE_TOKEN": "open sesame",
            "CERTFERRY_VOICE_NUMBER": "+8221234567",
            "CERTFERRY_IDENTITY_KEY": "ab" * 32,
            "CERTFERRY_SECOND_CHECKS": "card, passkey",
            "CERTFERRY_SMTP_URL": "smtp://user:open sesame@localhost",
            "CERTFERRY_MAIL_FROM": "centre@ca.example",
            "CERTFERRY_ASK_ACCOUNT": "1",
            "CERTFERRY_TYPES": "/srv/types.toml",
            "CERTFERRY_REDIS_URL": "redis://:open sesame@localhost/0",
            "CERTFERRY_LIMITS_STORAGE": "redis://localhost",
        }
    )

    assert config.pki_url == "http://pki.example"
    assert config.trusted_proxies == ("10.0.0.0/8", "127.0.0.1/32")
    assert config.require_phone_check
    assert config.require_security_card
    assert config.redis_url == "redis://:open sesame@localhost/0"
    assert config.limits_storage == "redis://localhost"
    assert config.voice.account == "AC1"
    assert config.voice.url is None
    assert config.identity_key == "ab" * 32
    assert config.second_checks == ("card", "passkey")
    assert config.smtp_url == "smtp://user:open sesame@localhost"
    assert config.mail_from == "centre@ca.example"
    assert config.ask_account
    assert str(config.types) == "/srv/types.toml"
    assert "abab" not in repr(config)
    assert "sesame" not in repr(config)


def test_a_secret_does_not_show_itself():
    config = Config.from_env(WHOLE)

    assert "0123456789abcdef" not in repr(config)
    assert "open sesame" not in repr(config)
    assert str(Secret("still there")) == "still there"


def test_a_secret_key_that_is_too_short_counts_as_missing():
    with pytest.raises(MissingSettingsError) as refused:
        Config.from_env({**WHOLE, "CERTFERRY_SECRET_KEY": "0123456789abcdef"})

    assert refused.value.names == ["CERTFERRY_SECRET_KEY"]


def test_a_public_address_without_a_scheme_counts_as_missing():
    with pytest.raises(MissingSettingsError) as refused:
        Config.from_env({**WHOLE, "CERTFERRY_PUBLIC_URL": "ca.example"})

    assert refused.value.names == ["CERTFERRY_PUBLIC_URL"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"CERTFERRY_REQUIRE_PHONE_CHECK": "1"}, ["CERTFERRY_PHONE_GATEWAY"]),
        (
            {
                "CERTFERRY_REQUIRE_PHONE_CHECK": "1",
                "CERTFERRY_PHONE_GATEWAY": "twilio",
                "CERTFERRY_VOICE_ACCOUNT": "AC1",
            },
            ["CERTFERRY_VOICE_TOKEN", "CERTFERRY_VOICE_NUMBER"],
        ),
        ({"CERTFERRY_PHONE_GATEWAY": "smoke"}, ["CERTFERRY_PHONE_GATEWAY"]),
        ({"CERTFERRY_REQUIRE_SECURITY_CARD": "1"}, ["CERTFERRY_IDENTITY_KEY"]),
        ({"CERTFERRY_IDENTITY_KEY": "short"}, ["CERTFERRY_IDENTITY_KEY"]),
        ({"CERTFERRY_SECOND_CHECKS": "card voice"}, ["CERTFERRY_SECOND_CHECKS"]),
        ({"CERTFERRY_SMTP_URL": "smtp://localhost"}, ["CERTFERRY_MAIL_FROM"]),
    ],
)
def test_what_a_centre_uses_it_has_to_be_told_whole(given, missing):
    with pytest.raises(MissingSettingsError) as refused:
        Config.from_env({**WHOLE, **given})

    assert refused.value.names == missing
    assert set(missing) <= set(WHEN_USED)
