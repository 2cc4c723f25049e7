"""A real centre is told everything, and says at once all that is missing or wrong."""

from dataclasses import fields
from pathlib import Path

import pytest

from webapp.authenticators.factors import factor_options
from webapp.config import Config, Secret, SettingsError
from webapp.config.settings import BY_NAME, PREFIX, names_by_language

ROOT = Path(__file__).resolve().parents[3]
WHOLE = {
    "CERTFERRY_SECRET_KEY": "0123456789abcdef" * 2,
    "CERTFERRY_DATABASE_URL": "sqlite:////srv/c.db",
    "CERTFERRY_PUBLIC_URL": "https://ca.example/",
    "CERTFERRY_TRUSTED_PROXIES": "none",
    "CERTFERRY_ISSUING_CERTIFICATE": "/srv/issuing.crt",
    "CERTFERRY_ISSUING_KEY": "/srv/issuing.key",
    "CERTFERRY_ISSUING_PASSPHRASE": "open sesame",
    "CERTFERRY_ROOT_CERTIFICATE": "/srv/root.crt",
    "CERTFERRY_ROOT_CRL": "/srv/root.crl",
    "CERTFERRY_REQUIRE_PHONE_CHECK": "0",
    "CERTFERRY_REQUIRE_SECURITY_CARD": "0",
}
OPTIONAL = {
    "CERTFERRY_TRUSTED_ROOTS": "/srv/roots.pem",
    "CERTFERRY_PKI_URL": "http://pki.example/",
    "CERTFERRY_TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1/32",
    "CERTFERRY_REQUIRE_PHONE_CHECK": "1",
    "CERTFERRY_REQUIRE_SECURITY_CARD": "1",
    "CERTFERRY_PHONE_GATEWAY": "twilio",
    "CERTFERRY_VOICE_ACCOUNT": "AC1",
    "CERTFERRY_VOICE_TOKEN": "open sesame",
    "CERTFERRY_VOICE_NUMBER": "+8221234567",
    "CERTFERRY_VOICE_URL": "https://voice.example/api/",
    "CERTFERRY_IDENTITY_KEY": "ab" * 32,
    "CERTFERRY_SECOND_CHECKS": "card, passkey",
    "CERTFERRY_SMTP_URL": "smtp://user:open-sesame@localhost",
    "CERTFERRY_MAIL_FROM": "centre@ca.example",
    "CERTFERRY_ASK_ACCOUNT": "1",
    "CERTFERRY_SECOND_OPERATOR_HOURS": "48",
    "CERTFERRY_OPERATOR_SECOND_FACTOR": "required",
    "CERTFERRY_CHECKS_LAST": "10",
    "CERTFERRY_LOG_ADDRESSES": "short",
    "CERTFERRY_DELIVERY_NETWORKS": "10.1.0.0/16",
    "CERTFERRY_CONFIRM_NEW_CUSTOMERS": "no",
    "CERTFERRY_FOUR_EYES": "cards, approvals",
    "CERTFERRY_TYPES": "/srv/types.toml",
    "CERTFERRY_REDIS_URL": "redis://:open-sesame@localhost/0",
    "CERTFERRY_LIMITS_STORAGE": "redis://localhost",
    "CERTFERRY_METRICS_TOKEN": "0123456789abcdef" * 2,
    "CERTFERRY_CENTRE_NAME": "은하은행",
    "CERTFERRY_CENTRE_NAME_EN": "Eunha Bank",
    "CERTFERRY_CENTRE_ADDRESS": "서울시 중구 은하로 1",
    "CERTFERRY_CENTRE_ADDRESS_EN": "1 Eunha-ro, Seoul",
    "CERTFERRY_CENTRE_PHONE": "1588-0000",
    "CERTFERRY_CENTRE_HOURS": "평일 9시~16시",
    "CERTFERRY_CENTRE_HOURS_EN": "Weekdays 9 to 16",
    "CERTFERRY_CENTRE_LOGO": str(ROOT / "static" / "img" / "favicon.svg"),
    "CERTFERRY_CENTRE_COLOUR": "#008485",
    "CERTFERRY_CENTRE_PRIVACY": "https://bank.example/privacy",
    "CERTFERRY_CENTRE_PRIVACY_EN": "https://bank.example/en/privacy",
}


def refused(**more):
    """Return what a whole environment with these changes is refused with."""
    environ = dict(WHOLE)
    for name, value in more.items():
        environ[PREFIX + name] = value
        if value is None:
            del environ[PREFIX + name]
    with pytest.raises(SettingsError) as raised:
        Config.from_env(factor_options(), environ)
    return raised.value


def read(**more):
    given = {PREFIX + name: value for name, value in more.items()}
    return Config.from_env(factor_options(), {**WHOLE, **given})


def test_everything_that_is_missing_is_named_at_once_with_what_it_means():
    with pytest.raises(SettingsError) as raised:
        Config.from_env(factor_options(), {})

    needed = [setting for setting in BY_NAME.values() if setting.needed == "always"]
    assert raised.value.names == [setting.full_name for setting in needed]
    assert set(raised.value.names) == set(WHOLE) - {"CERTFERRY_TRUSTED_PROXIES"}
    for setting in needed:
        assert f"{setting.full_name}: is missing: {setting.meaning}" in str(
            raised.value
        )


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("given", [None, "", " \r\n"])
def test_a_single_missing_setting_is_named(name, given):
    error = refused(**{name.removeprefix(PREFIX): given})

    assert error.names == [name]
    problem = "is missing" if given is None else "is empty"
    assert f"{name}: {problem}" in str(error)


def test_what_is_missing_wrong_and_unknown_is_named_together():
    error = refused(
        SECRET_KEY=None,
        PUBLIC_URL="ca.example",
        REQUIRE_PHONE_CHECK="perhaps",
        SMTP_URL="smtp://localhost",
        REDIS_URI="redis://localhost",
    )

    assert error.names == [
        "CERTFERRY_SECRET_KEY",
        "CERTFERRY_PUBLIC_URL",
        "CERTFERRY_REQUIRE_PHONE_CHECK",
        "CERTFERRY_MAIL_FROM",
        "CERTFERRY_REDIS_URI",
    ]


def test_a_whole_environment_makes_a_real_centre():
    config = Config.from_env(factor_options(), WHOLE)

    assert config.public_url == "https://ca.example"
    assert config.pki_url == "http://ca.example"  # RFC 5280 8: lists over plain HTTP
    assert config.secure
    assert not config.demo
    assert config.rate_limits
    assert not config.require_phone_check
    assert not config.require_security_card
    assert config.redis_url is None
    assert config.limits_storage is None
    assert config.trusted_proxies == ()
    assert config.phone_gateway == ""


def test_what_is_optional_is_read_too():
    config = Config.from_env(factor_options(), WHOLE | OPTIONAL)

    assert config.pki_url == "http://pki.example"
    assert config.trusted_proxies == ("10.0.0.0/8", "127.0.0.1/32")
    assert config.require_phone_check
    assert config.require_security_card
    assert config.redis_url == "redis://:open-sesame@localhost/0"
    assert config.limits_storage == "redis://localhost"
    assert config.voice.account == "AC1"
    assert config.voice.url == "https://voice.example/api"
    assert config.identity_key == "ab" * 32
    assert config.second_checks == ("card", "passkey")
    assert config.smtp_url == "smtp://user:open-sesame@localhost"
    assert config.mail_from == "centre@ca.example"
    assert config.ask_account
    assert config.second_operator_hours == 48
    assert not config.confirm_new_customers
    assert config.four_eyes == {"cards", "approvals"}
    assert str(config.types) == "/srv/types.toml"
    assert "abab" not in repr(config)
    assert "sesame" not in repr(config)


def test_every_setting_of_the_table_is_read():
    of_more_languages = {
        name
        for setting in BY_NAME
        if setting.startswith("CENTRE_")
        for code, name in names_by_language(setting).items()
        if code not in ("ko", "en")
    }

    read = {name.removeprefix(PREFIX) for name in WHOLE | OPTIONAL}

    assert read == set(BY_NAME) - of_more_languages


def test_every_setting_is_a_field_of_the_centre_its_brand_or_its_voice_gateway():
    names = {field.name for field in fields(Config)}
    others = ("CENTRE_", "VOICE_")

    own = [name for name in BY_NAME if not name.startswith(others)]

    assert [name for name in own if name.lower() not in names] == []


def test_a_secret_does_not_show_itself():
    config = Config.from_env(factor_options(), WHOLE)

    assert "0123456789abcdef" not in repr(config)
    assert "open sesame" not in repr(config)
    assert str(Secret("still there")) == "still there"


SWITCHES = (
    "REQUIRE_PHONE_CHECK",
    "REQUIRE_SECURITY_CARD",
    "ASK_ACCOUNT",
    "CONFIRM_NEW_CUSTOMERS",
)
NEEDED = {
    name.removeprefix(PREFIX): value
    for name, value in OPTIONAL.items()
    if "VOICE" in name or "GATEWAY" in name or "IDENTITY" in name
}


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("true", True),
        ("TRUE", True),
        (" Yes ", True),
        ("on\r", True),
        ("0", False),
        ("False", False),
        ("NO", False),
        ("off", False),
    ],
)
def test_a_switch_knows_these_words(name, text, value):
    config = read(**NEEDED, **{name: text})

    assert getattr(config, name.lower()) is value


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("text", ["2", "maybe", "y", "enabled", "참", "1 0", "１"])
def test_any_other_word_stops_the_start_with_the_settings_name(name, text):
    error = refused(**NEEDED, **{name: text})

    assert error.names == [PREFIX + name]
    assert repr(text) in str(error)
    assert "write 1 (yes) or 0 (no)" in str(error)


SPELLINGS = [
    ("PUBLIC_URL", "https://CA.Example:443/", "public_url", "https://ca.example"),
    ("PUBLIC_URL", "https://ca.example\r", "public_url", "https://ca.example"),
    ("PUBLIC_URL", "http://localhost:80", "public_url", "http://localhost"),
    (
        "PUBLIC_URL",
        "https://인증.한국",
        "public_url",
        "https://xn--lu5b82b.xn--3e0b707e",
    ),
    ("PKI_URL", "HTTP://PKI.example:80/", "pki_url", "http://pki.example"),
    ("DATABASE_URL", "postgres://u:p@h/n", "database_url", "postgresql://u:p@h/n"),
    (
        "DATABASE_URL",
        "postgresql+psycopg2://u:p%40@h/n",
        "database_url",
        "postgresql://u:p%40@h/n",
    ),
    ("DATABASE_URL", "sqlite:////a/b.db\r\n", "database_url", "sqlite:////a/b.db"),
    ("TRUSTED_PROXIES", "127.0.0.1", "trusted_proxies", ("127.0.0.1/32",)),
    ("TRUSTED_PROXIES", "NONE", "trusted_proxies", ()),
    ("TRUSTED_PROXIES", "::1,10.0.0.0/8", "trusted_proxies", ("::1/128", "10.0.0.0/8")),
    ("DELIVERY_NETWORKS", "10.1.0.0/16", "delivery_networks", ("10.1.0.0/16",)),
    ("DELIVERY_NETWORKS", "none", "delivery_networks", ()),
    ("ISSUING_PASSPHRASE", " a b \r\n", "issuing_passphrase", " a b "),
    ("SECRET_KEY", f" {'a' * 32}\r", "secret_key", "a" * 32),
    ("ISSUING_KEY", "/srv/my key.pem ", "issuing_key", "/srv/my key.pem"),
    ("SECOND_CHECKS", "Passkey passkey", "second_checks", ("passkey",)),
    ("REDIS_URL", "unix:///run/redis.sock?db=1", "redis_url", None),
    ("REDIS_URL", "rediss://user:p%40ss@redis:6380", "redis_url", None),
    ("REDIS_URL", "redis://redis_1:6379/0?client_name=a", "redis_url", None),
    ("REDIS_URL", "redis://redis?db=1&socket_timeout=2.5", "redis_url", None),
    ("REDIS_URL", "redis://r/0?health_check_interval=0&protocol=3", "redis_url", None),
    ("REDIS_URL", "redis://redis?retry_on_timeout=no", "redis_url", None),
    ("REDIS_URL", "rediss://r?ssl_cert_reqs=required", "redis_url", None),
    ("REDIS_URL", "rediss://r?ssl_ca_certs=/ca.pem", "redis_url", None),
    ("REDIS_URL", "redis://:p%25%20q@redis", "redis_url", None),
    ("DATABASE_URL", "sqlite:////x.db?timeout=5.5", "database_url", None),
    ("DATABASE_URL", "sqlite:////x.db?cached_statements=64", "database_url", None),
    ("DATABASE_URL", "sqlite:////a%20b.db", "database_url", "sqlite:////a b.db"),
    ("DATABASE_URL", "postgresql://h/n?sslmode=require", "database_url", None),
    ("DATABASE_URL", "postgresql://u:p@/n?host=%2Frun", "database_url", None),
    ("DATABASE_URL", "postgresql:///n?host=a&host=b", "database_url", None),
    ("TRUSTED_PROXIES", "0.0.0.0/1", "trusted_proxies", ("0.0.0.0/1",)),
    (
        "TRUSTED_PROXIES",
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
        "trusted_proxies",
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    ),
    ("LIMITS_STORAGE", "memory://", "limits_storage", None),
    ("LIMITS_STORAGE", "redis+unix:///run/redis.sock?db=1", "limits_storage", None),
    ("LIMITS_STORAGE", "unix:///run/redis.sock", "limits_storage", None),
]


@pytest.mark.parametrize(("name", "text", "attribute", "value"), SPELLINGS)
def test_every_clear_spelling_is_taken(name, text, attribute, value):
    setting = getattr(read(**{name: text}), attribute)

    expected = text if value is None else value
    assert (setting if isinstance(setting, tuple) else str(setting)) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+82 (2) 1234-5678", "+82212345678"),
        ("+8221234567", "+8221234567"),
    ],
)
def test_a_number_that_calls_is_taken_as_people_write_it(text, value):
    given = NEEDED | {"VOICE_NUMBER": text}

    assert read(**given, REQUIRE_PHONE_CHECK="1").voice.number == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Bank <a@ca.example>", "Bank <a@ca.example>"),
        ('"Hanul, Bank" <a@ca.example>', '"Hanul, Bank" <a@ca.example>'),
        ("Hanul Co. <a@ca.example>", '"Hanul Co." <a@ca.example>'),
        ("한울은행 <a@한울.한국>", "한울은행 <a@xn--3o5bt1y.xn--3e0b707e>"),
    ],
)
def test_a_sender_is_one_mailbox(text, value):
    assert read(SMTP_URL="smtp://localhost", MAIL_FROM=text).mail_from == value


WRONG = [
    ("SECRET_KEY", "0123456789abcdef", "16 characters"),
    ("SECRET_KEY", "…", "1 characters"),
    ("PUBLIC_URL", "ca.example", "begin with"),
    ("PUBLIC_URL", "https://ca.example/centre", "path"),
    ("PUBLIC_URL", "https://ca.example?x", "query"),
    ("PUBLIC_URL", "https://me:sesame@ca.example", "user name"),
    ("PUBLIC_URL", "https://ca\r.example", "invisible"),
    ("PUBLIC_URL", "https://ca.example:99999", "port"),
    ("PKI_URL", "https://pki.example", "plain http"),
    ("PKI_URL", "http://pki.example/lists", "path"),
    ("PKI_URL", "pki.example", "begin with"),
    ("DATABASE_URL", "nonsense", "sqlite:////"),
    ("DATABASE_URL", "mysql://u:sesame@h/n", "no others"),
    ("DATABASE_URL", "sqlite+aiosqlite:///a.db", "no others"),
    ("DATABASE_URL", "sqlite://srv/a.db", "four slashes"),
    ("DATABASE_URL", "sqlite://", "names no file"),
    ("DATABASE_URL", "sqlite:///:memory:", "names no file"),
    ("DATABASE_URL", "postgresql://u:sesame@h", "names no database"),
    ("DATABASE_URL", "postgresql://u:ses@ame@h/n", "%40"),
    ("DATABASE_URL", "postgresql://u:sesame@h:port/n", "postgresql://"),
    ("DATABASE_URL", "postgresql://u:sesame@h:99999/n", "port"),
    ("DATABASE_URL", "sqlite:////x.db?timeout=abc", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?timeout=nan", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?timeout=1&timeout=2", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?timeout=9999999999", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?cached_statements=-1", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?sesame=1", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?uri=true&mode=ro", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?isolation_level=no", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?detect_types=1", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?check_same_thread=abc", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x.db?plugin=sesame", "timeout=5"),
    ("DATABASE_URL", "sqlite:////x%00.db", "invisible"),
    ("DATABASE_URL", "sqlite:////x%0A.db", "invisible"),
    ("DATABASE_URL", "sqlite:////x\udcff.db", "UTF-8"),
    ("DATABASE_URL", "postgresql://u:sesame%00@h/n", "invisible"),
    ("DATABASE_URL", "postgresql://u:sesame@h%00/n", "invisible"),
    ("DATABASE_URL", "postgresql://u:sesame@h/n%00", "invisible"),
    ("DATABASE_URL", "postgresql://u:sesame@h/n?foo=sesame", "libpq"),
    ("DATABASE_URL", "postgresql://u:sesame@h/n?autocommit=1", "libpq"),
    ("DATABASE_URL", "postgresql://u:sesame@h/n?context=a", "libpq"),
    ("DATABASE_URL", "postgresql://u:sesame@h/n?port=sesame", "libpq"),
    ("DATABASE_URL", "postgresql:///n?sslmode=require&sslmode=a", "libpq"),
    ("SECRET_KEY", "\udcff" * 32, "UTF-8"),
    ("TRUSTED_PROXIES", "0.0.0.0/1 128.0.0.0/1", "everybody"),
    ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/2,192.0.0.0/2", "everybody"),
    ("TRUSTED_PROXIES", "1.0.0.0/8 0.0.0.0/1 128.0.0.0/2 192.0.0.0/3", "everybody"),
    ("TRUSTED_PROXIES", "::1 127.0.0.1 ::/1 8000::/1", "everybody"),
    ("TRUSTED_PROXIES", "2000::/3", "everybody"),
    ("TRUSTED_PROXIES", "2000::/4 3000::/4", "everybody"),
    ("TRUSTED_PROXIES", "::ffff:0:0/97 ::ffff:8000:0/97", "everybody"),
    ("TRUSTED_PROXIES", "localhost", "127.0.0.1/32"),
    ("TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.0/8"),
    ("TRUSTED_PROXIES", "10.0.0.0/8 none", "none"),
    ("TRUSTED_PROXIES", "0.0.0.0/0", "everybody"),
    ("TRUSTED_PROXIES", "::/0", "everybody"),
    ("TRUSTED_PROXIES", "127.0.0.1:8000", "networks"),
    ("TRUSTED_PROXIES", ",", "networks"),
    ("ISSUING_KEY", "~/issuing.key", "whole path"),
    ("PHONE_GATEWAY", "smoke", "twilio"),
    ("PHONE_GATEWAY", "console", "demo only"),
    ("VOICE_ACCOUNT", "AC 1", "one word"),
    ("VOICE_NUMBER", "02-123-4567", "+8221234567"),
    ("VOICE_URL", "http://voice.example", "https"),
    ("VOICE_URL", "https://voice.example/?a", "without"),
    ("VOICE_URL", "https://voice.example?a=1", "query"),
    ("VOICE_URL", "https://voice.example/a%00", "without"),
    ("VOICE_URL", "https://voice%00.example", "host"),
    ("IDENTITY_KEY", "short-sesame", "64 hex"),
    ("SECOND_CHECKS", "card voice", "one-time-code"),
    ("SECOND_CHECKS", ",", "any of"),
    ("FOUR_EYES", "card", "off, all, or any of"),
    ("SECOND_OPERATOR_HOURS", "-1", "0 to 720"),
    ("SECOND_OPERATOR_HOURS", "721", "0 to 720"),
    ("SECOND_OPERATOR_HOURS", "a day", "0 to 720"),
    ("SMTP_URL", "http://me:sesame@mail", "smtp://"),
    ("SMTP_URL", "smtp://mail:0", "port"),
    ("SMTP_URL", "smtp://me:sesame@mail/path", "nothing follows"),
    ("SMTP_URL", "smtp+plain://me:sesame@mail", "open line"),
    ("SMTP_URL", "smtp://me@mail", "belong together"),
    ("SMTP_URL", "smtp://mail?timeout=abc", "nothing follows"),
    ("SMTP_URL", "smtp://me:sesame%00@mail", "invisible"),
    ("SMTP_URL", "smtp://me%0D%0Ax:sesame@mail", "invisible"),
    ("SMTP_URL", "smtp://me:sesame가@mail", "ASCII"),
    ("MAIL_FROM", "Hanul, Bank <a@ca.example>", "quotes"),
    ("MAIL_FROM", "a@ca.example, b@ca.example", "more than one"),
    ("MAIL_FROM", "Bank", "no address"),
    ("MAIL_FROM", "은행@ca.example", "no address"),
    ("MAIL_FROM", "a@ca..example", "no address"),
    ("REDIS_URL", "http://:sesame@redis", "redis://"),
    ("REDIS_URL", "redis://:ses/ame@redis", "redis://"),
    ("REDIS_URL", "redis://localhost/first", "redis://"),
    ("REDIS_URL", "redis:///0", "redis://"),
    ("REDIS_URL", "localhost:6379", "redis://"),
    ("LIMITS_STORAGE", "smoke://sesame", "library limits"),
    ("REDIS_URL", "redis://h/0?foo=1", "after ?"),
    ("REDIS_URL", "redis://h/0?foo=", "after ?"),
    ("REDIS_URL", "redis://h/0?db=sesame", "after ?"),
    ("REDIS_URL", "redis://h/0?db=-1", "after ?"),
    ("REDIS_URL", "redis://h?db=1&db=2", "after ?"),
    ("REDIS_URL", "redis://h/0?socket_timeout=nan", "after ?"),
    ("REDIS_URL", "redis://h/0?socket_timeout=0", "after ?"),
    ("REDIS_URL", "redis://h/0?socket_timeout=1e300", "after ?"),
    ("REDIS_URL", "redis://h/0?max_connections=0", "after ?"),
    ("REDIS_URL", "redis://h/0?retry_on_timeout=sesame", "after ?"),
    ("REDIS_URL", "redis://h/0?timeout=1", "after ?"),
    ("REDIS_URL", "redis://h/0?retry=1", "after ?"),
    ("REDIS_URL", "redis://h/0?encoding=sesame", "after ?"),
    ("REDIS_URL", "redis://h/0?decode_responses=false", "after ?"),
    ("REDIS_URL", "redis://h/0?socket_read_size=a", "after ?"),
    ("REDIS_URL", "redis://h/0?connection_class=a", "after ?"),
    ("REDIS_URL", "redis://h/0?client_name=a%2500", "after ?"),
    ("REDIS_URL", "redis://h/0?ssl_cert_reqs=none", "after ?"),
    ("REDIS_URL", "rediss://h/0?ssl_cert_reqs=sesame", "after ?"),
    ("REDIS_URL", "unix:///run/redis.sock?host=sesame", "after ?"),
    ("REDIS_URL", "unix:///run/redis%00.sock", "invisible"),
    ("REDIS_URL", "unix:///run/redis.sock#1", "redis://"),
    ("REDIS_URL", "redis://:sesame%00@h/0", "invisible"),
    ("REDIS_URL", "redis://a..b/0", "redis://"),
    ("LIMITS_STORAGE", "nonsense", "library limits"),
    ("LIMITS_STORAGE", "redis://h/0?foo=sesame", "after ?"),
    ("LIMITS_STORAGE", "unix:///run/redis.sock?db=a", "after ?"),
    ("LIMITS_STORAGE", "redis+unix:///run/redis.sock?foo=1", "after ?"),
    ("LIMITS_STORAGE", "async+memory://", "library limits"),
    ("LIMITS_STORAGE", "memory://%00", "invisible"),
]


@pytest.mark.parametrize(("name", "text", "right"), WRONG)
def test_what_is_no_such_value_is_named_with_what_would_be_right(name, text, right):
    more = {"MAIL_FROM": "a@ca.example"} if name == "SMTP_URL" else {}
    error = refused(**more, **{name: text})

    assert error.names == [PREFIX + name]
    assert right in str(error)
    assert "sesame" not in str(error)
    is_shown = repr(text) in str(error) or "//…@" in str(error)
    assert is_shown != BY_NAME[name].is_secret


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"REQUIRE_PHONE_CHECK": "true"}, ["PHONE_GATEWAY"]),
        (
            {
                "REQUIRE_PHONE_CHECK": "1",
                "PHONE_GATEWAY": "twilio",
                "VOICE_ACCOUNT": "AC1",
            },
            ["VOICE_TOKEN", "VOICE_NUMBER"],
        ),
        (
            {"PHONE_GATEWAY": "Twilio"},
            ["VOICE_ACCOUNT", "VOICE_TOKEN", "VOICE_NUMBER"],
        ),
        ({"REQUIRE_SECURITY_CARD": "on"}, ["IDENTITY_KEY"]),
        ({"SECOND_CHECKS": "one-time-code"}, ["IDENTITY_KEY"]),
        ({"SMTP_URL": "smtp://localhost"}, ["MAIL_FROM"]),
        ({"PUBLIC_URL": "https://ca.example:8443"}, ["PKI_URL"]),
    ],
)
def test_what_a_centre_uses_it_has_to_be_told_whole(given, missing):
    error = refused(**given)

    assert error.names == [PREFIX + name for name in missing]
    assert "is missing, needed " in str(error)


def test_behind_tls_the_proxies_have_to_be_told_and_on_this_machine_not():
    without = {key: value for key, value in WHOLE.items() if "PROXIES" not in key}

    with pytest.raises(SettingsError) as raised:
        Config.from_env(factor_options(), without)
    config = Config.from_env(
        factor_options(), without | {"CERTFERRY_PUBLIC_URL": "http://127.0.0.1:8000"}
    )

    assert raised.value.names == ["CERTFERRY_TRUSTED_PROXIES"]
    assert config.trusted_proxies == ()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("CERTFERRY_REQUIRE_PHONECHECK", "CERTFERRY_REQUIRE_PHONE_CHECK"),
        ("CERTFERRY_TRUSTED_PROXY", "CERTFERRY_TRUSTED_PROXIES"),
        ("CERTFERRY_DATABASE", "CERTFERRY_DATABASE_URL"),
        ("certferry_secret_key", "CERTFERRY_SECRET_KEY"),
        ("CERTFERRY_ISUING_KEY", "CERTFERRY_ISSUING_KEY"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(name, near):
    with pytest.raises(SettingsError) as raised:
        Config.from_env(factor_options(), {**WHOLE, name: ""})

    assert raised.value.names == [name]
    assert f"is {near} meant?" in str(raised.value)


def test_names_of_the_terminal_and_of_containers_are_nobodys_slip():
    given = ("PASSWORD", "CENTRE", "ROOT_PASSPHRASE", "SERVICE_HOST", "PORT")
    links = ("SERVICE_PORT_HTTP", "PORT_8000_TCP", "PORT_8000_TCP_ADDR")

    assert Config.from_env(
        factor_options(), WHOLE | {PREFIX + name: "x" for name in given + links}
    )
