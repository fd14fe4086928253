"""Settings: what the environment may say, and with what the program refuses to start."""

import os
import stat
from pathlib import Path

import pytest

from config import ConfigurationError, read_settings

STRONG = "Zq3vT8mK1xW6nB4cR9yH2jL5pD7fGs0a"


def settings(tmp_path: Path, **given: str):
    return read_settings({"OUTCOMES_DATA": str(tmp_path), **given})


def test_demo_needs_nothing_but_its_switch(tmp_path):
    read = settings(tmp_path, OUTCOMES_DEMO="1")
    assert (read.demo, read.port, read.public_url) == (True, 8000, "http://localhost:8000")
    assert read.database_url == f"sqlite:///{tmp_path / 'outcomes.db'}"
    assert not read.encrypted


def test_secrets_are_made_once_and_kept_for_their_owner_alone(tmp_path):
    first, second = settings(tmp_path), settings(tmp_path)
    assert first == second
    kept = [path for path in (tmp_path / "keys").iterdir() if path.is_file()]
    assert len(kept) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert len({first.secret_key, first.master_keys[0][1], first.audit_key, first.backup_keys[0][1]}) == 4
    assert {len(first.audit_key), len(first.master_keys[0][1])} == {32}


def test_two_installations_have_different_secrets(tmp_path):
    one, other = settings(tmp_path / "one"), settings(tmp_path / "other")
    assert one.secret_key != other.secret_key
    assert one.master_keys != other.master_keys
    assert one.audit_key != other.audit_key


def test_the_newest_master_key_stands_first(tmp_path):
    old = settings(tmp_path).master_keys[0]
    path = tmp_path / "keys" / "master_keys"
    path.write_text(f"k2 {'B' * 43}=\n" + path.read_text())
    assert [name for name, _ in settings(tmp_path).master_keys] == ["k2", "k1"]
    assert settings(tmp_path).master_keys[1] == old


@pytest.mark.parametrize("weak", ["secret", "a" * 64, "changeme" * 8])
def test_a_weak_secret_is_refused_outside_demo_mode(tmp_path, weak):
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        settings(tmp_path, SECRET_KEY=weak)
    assert settings(tmp_path, SECRET_KEY=weak, OUTCOMES_DEMO="1").secret_key == weak


def test_a_strong_secret_is_taken(tmp_path):
    assert settings(tmp_path, SECRET_KEY=STRONG).secret_key == STRONG


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_key_that_others_can_read_is_refused_outside_demo_mode(tmp_path):
    settings(tmp_path)
    (tmp_path / "keys" / "audit_key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUTCOMES_DEMO", "perhaps"),
        ("PORT", "80a"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "outcomes.example"),
        ("PUBLIC_URL", "https://outcomes.example/path"),
        ("PUBLIC_URL", "http://outcomes.example"),
    ],
)
def test_a_malformed_setting_is_named(tmp_path, name, value):
    with pytest.raises(ConfigurationError, match=name):
        settings(tmp_path, **{name: value})


@pytest.mark.parametrize("text", ["k1\n", "", "k1 short\n", "k1 ????\n"])
def test_a_damaged_master_key_is_named(tmp_path, text):
    settings(tmp_path)
    (tmp_path / "keys" / "master_keys").write_text(text)
    with pytest.raises(ConfigurationError, match="master key"):
        settings(tmp_path)


def test_the_short_address_of_postgresql_gets_its_driver(tmp_path):
    for url in ("postgres://a@b/c", "postgresql://a@b/c", "postgresql+psycopg://a@b/c"):
        assert settings(tmp_path, DATABASE_URL=url).database_url == "postgresql+psycopg://a@b/c"


def test_a_public_address_with_tls_is_known_as_encrypted(tmp_path):
    read = settings(tmp_path, PUBLIC_URL="https://outcomes.example/")
    assert (read.public_url, read.encrypted) == ("https://outcomes.example", True)
