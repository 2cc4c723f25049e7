"""A secret may stand in a file that NAME_FILE names, and is never repeated."""

import pytest

from tests.webapp.config.test_config import WHOLE
from webapp import config
from webapp.authenticators.factors import factor_options
from webapp.config import Config, SettingsError
from webapp.config.secret_files import MAX_BYTES
from webapp.config.settings import BY_NAME, OF_CA, PREFIX, settings_for

SECRETS = [setting.name for setting in BY_NAME.values() if setting.is_secret]
SECRET_KEY = "0123456789abcdef" * 2


@pytest.fixture
def environ(tmp_path):
    """A whole environment whose secrets all stand in files."""
    environ = dict(WHOLE)
    for name in SECRETS:
        value = environ.pop(PREFIX + name, None)
        if value is not None:
            (tmp_path / name).write_text(f"{value}\n")
            environ[f"{PREFIX}{name}_FILE"] = str(tmp_path / name)
    return environ


def refusal(environ):
    """Return what an environment is refused with."""
    with pytest.raises(SettingsError) as caught:
        Config.from_env(factor_options(), environ)
    return caught.value


def test_a_centre_reads_its_secrets_from_files_as_from_the_environment(environ):
    from_files = Config.from_env(factor_options(), environ)
    from_environment = Config.from_env(factor_options(), WHOLE)

    assert from_files == from_environment
    assert not any(PREFIX + name in environ for name in SECRETS)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_passphrase_keeps_its_spaces_and_loses_the_end_of_its_line(
    environ, tmp_path, ending
):
    (tmp_path / "ISSUING_PASSPHRASE").write_bytes(f" open sesame {ending}".encode())

    centre = Config.from_env(factor_options(), environ)

    assert str(centre.issuing_passphrase) == " open sesame "


def test_a_secret_that_is_given_twice_is_refused(environ):
    environ["CERTFERRY_SECRET_KEY"] = SECRET_KEY

    error = refusal(environ)

    assert error.names == ["CERTFERRY_SECRET_KEY"]
    assert "CERTFERRY_SECRET_KEY_FILE" in str(error)
    assert SECRET_KEY not in str(error)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a" * (MAX_BYTES + 1), "no secret"),
    ],
    ids=["absent", "empty", "blank", "no text", "too long"],
)
def test_a_file_that_has_no_secret_is_named(environ, tmp_path, content, reason):
    file = tmp_path / "SECRET_KEY"
    file.unlink()
    if content is not None:
        file.write_bytes(content)

    error = refusal(environ)

    assert error.names == ["CERTFERRY_SECRET_KEY"]
    assert str(file) in str(error)
    assert reason in str(error)


def test_a_folder_and_what_is_no_path_are_named(environ, tmp_path):
    environ["CERTFERRY_SECRET_KEY_FILE"] = str(tmp_path)
    assert "directory" in str(refusal(environ))

    environ["CERTFERRY_SECRET_KEY_FILE"] = "a\0b"
    assert "no path" in str(refusal(environ))


def test_a_wrong_value_of_a_file_is_refused_without_being_repeated(environ, tmp_path):
    (tmp_path / "SECRET_KEY").write_text("too short")

    error = refusal(environ)

    assert error.names == ["CERTFERRY_SECRET_KEY"]
    assert "too short" not in str(error)


def test_what_is_no_secret_has_no_file():
    error = refusal({**WHOLE, "CERTFERRY_PUBLIC_URL_FILE": "/srv/url"})

    assert error.names == ["CERTFERRY_PUBLIC_URL_FILE"]


@pytest.mark.parametrize("name", ["", " "])
def test_a_file_without_a_name_counts_as_not_given(name):
    environ = {**WHOLE, "CERTFERRY_SECRET_KEY_FILE": name}

    assert Config.from_env(factor_options(), environ).secret_key == SECRET_KEY


def test_every_secret_of_every_command_may_stand_in_a_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("open sesame\n")

    assert {*SECRETS, "ROOT_PASSPHRASE"} == {
        *(item.name for item in settings_for(factor_options()) if item.is_secret),
        *OF_CA,
    }
    for role in ("root", "issuing"):
        environ = {f"CERTFERRY_{role.upper()}_PASSPHRASE_FILE": str(file)}
        passphrase = config.passphrase_of(role, environ)
        assert passphrase is not None
        assert passphrase == "open sesame"


def test_a_passphrase_whose_file_is_gone_is_named(tmp_path):
    environ = {"CERTFERRY_ROOT_PASSPHRASE_FILE": str(tmp_path / "gone")}

    with pytest.raises(SettingsError) as caught:
        config.passphrase_of("root", environ)

    assert caught.value.names == ["CERTFERRY_ROOT_PASSPHRASE"]


def test_a_demo_says_that_it_reads_no_secret_of_a_file(tmp_path):
    environ = {"CERTFERRY_SECRET_KEY_FILE": str(tmp_path / "x")}

    assert config.ignored_by_demo(environ) == ["CERTFERRY_SECRET_KEY"]
