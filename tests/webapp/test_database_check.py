"""A database that cannot be used is said in one sentence; what is open is closed."""

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from webapp import db
from webapp.database_check import DatabaseUnusableError, open_database


@pytest.fixture
def messages():
    return []


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def refused(url, messages, **options):
    with pytest.raises(DatabaseUnusableError) as raised:
        open_database(url, messages.append, **options)
    sentence = str(raised.value)
    assert sentence.startswith("CERTFERRY_DATABASE_URL: ")
    assert "\n" not in sentence
    return sentence


def test_a_new_database_is_made_whole(tmp_path, messages):
    engine = open_database(f"sqlite:///{tmp_path / 'c.db'}", messages.append)

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM customer")) == 0
    engine.dispose()


def test_what_is_no_database_is_said(tmp_path, messages):
    (tmp_path / "text.db").write_text("this is no database" * 100)

    assert "not a database" in refused(f"sqlite:///{tmp_path / 'text.db'}", messages)
    assert "is a folder" in refused(f"sqlite:///{tmp_path}", messages)
    assert "no folder" in refused(f"sqlite:///{tmp_path / 'a' / 'c.db'}", messages)
    none = tmp_path / "none.db"
    assert "does not exist" in refused(f"sqlite:///{none}", messages, makes=False)
    assert not none.exists()


@pytest.mark.parametrize("end", ["?timeout=sesame", "%00.db", "?detect_types=x"])
def test_what_the_driver_stumbles_over_is_said(tmp_path, messages, end):
    assert "sesame" not in refused(f"sqlite:///{tmp_path / 'c.db'}{end}", messages)


def test_a_file_that_this_user_may_not_write_is_said(tmp_path, messages, monkeypatch):
    file = tmp_path / "c.db"
    file.touch(0o400)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write to anything

    assert "cannot be written" in refused(f"sqlite:///{file}", messages)


def test_the_database_of_a_newer_version_is_left_alone(config, messages):
    url = config.database_url
    engine = db.make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    sentence = refused(url, messages)

    assert "newer certferry" in sentence
    assert "9999" in sentence


def test_what_everybody_could_open_is_closed_with_a_word(config, messages):
    file = Path(config.database_url.removeprefix("sqlite:///"))
    file.chmod(0o644)
    wal = file.with_name(file.name + "-wal")
    wal.touch()
    wal.chmod(0o666)

    open_database(config.database_url, messages.append).dispose()

    assert mode(file) == 0o600
    assert any(str(file) in sentence for sentence in messages)
    assert any(str(wal) in sentence for sentence in messages)
    assert not wal.exists() or mode(wal) & 0o077 == 0


def test_what_is_open_for_a_group_on_purpose_stays_so(config, messages):
    file = Path(config.database_url.removeprefix("sqlite:///"))
    file.chmod(0o640)

    open_database(config.database_url, messages.append).dispose()

    assert mode(file) == 0o640
    assert messages == []


def test_an_open_file_of_somebody_else_is_refused(config, messages, monkeypatch):
    file = Path(config.database_url.removeprefix("sqlite:///"))
    file.chmod(0o644)

    def chmod(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", chmod)
    with pytest.raises(DatabaseUnusableError, match="another user's"):
        open_database(config.database_url, messages.append)
