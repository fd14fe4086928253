"""Passwords: which are refused, and that a stored one tells nothing."""

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from outcomes.access.passwords import (
    OWN_NAME,
    SHORTEST,
    TOO_COMMON,
    TOO_LONG,
    TOO_SHORT,
    WeakPassword,
    check_strength,
    hashed,
    is_outdated,
    matches,
)
from outcomes.access.tokens import address_of, new_token, token_hash
from outcomes.records.tables import User

GOOD = "winter teapot on a quiet hill"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short1", TOO_SHORT),
        ("x" * 300, TOO_LONG),
        ("password", TOO_COMMON),
        ("Password123!", TOO_COMMON),
        ("qwerty2026", TOO_COMMON),
        ("iloveyou....", TOO_COMMON),
        *((leaked, TOO_COMMON) for leaked in ("trustno1", "letmein22", "1q2w3e4r5t", "superman", "fuckyou2")),
        ("aaaaaaaaaaaaaaa", TOO_COMMON),
        ("ayse.yilmaz is well", OWN_NAME),
        ("The Yılmaz family 4", OWN_NAME),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, sentence):
    with pytest.raises(WeakPassword) as refused:
        check_strength(password, "Ayşe Yılmaz", "ayse.yilmaz@example.org")
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("password", [GOOD, "çok uzun bir parola", "8 Zeichen.", "漢字漢語仮名交り", GOOD * 8])
def test_length_and_rarity_are_enough(password):
    check_strength(password, "Ayşe Yılmaz", "ayse@example.org")


def test_a_stored_password_is_argon2id_with_the_recommended_parameters():
    assert hashed(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed(GOOD) != hashed(GOOD)


def test_only_the_password_itself_matches():
    stored = hashed(GOOD)
    assert matches(stored, GOOD)
    assert not matches(stored, GOOD + " ")
    assert not matches(None, GOOD)
    assert not matches("damaged", GOOD)


def test_every_letter_of_a_long_one_counts():
    long = GOOD * 8
    assert len(long) > 200
    assert not matches(hashed(long), long[:-1] + "x")


def test_those_that_leaked_most_are_known():
    """The list is drawn from leaked collections and is in the package: nothing is asked elsewhere."""
    assert len(FREQUENCY_LISTS["passwords"]) == 30_000
    often = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST]
    assert len(often) > 5_000
    assert not any(_passes(word) for word in often)


def _passes(password):
    try:
        check_strength(password)
    except WeakPassword:
        return False
    return True


def test_no_password_has_a_date():
    """Nothing says when a password was set, so nothing can ask to renew it."""
    assert [column.name for column in User.__table__.columns if "password" in column.name] == ["password_hash"]


def test_two_ways_of_typing_a_letter_are_one():
    assert matches(hashed("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


def test_a_hash_with_smaller_parameters_is_outdated():
    assert is_outdated(
        "$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
    )
    assert not is_outdated(hashed(GOOD))


def test_tokens_differ_and_are_kept_as_hashes():
    one, other = new_token(), new_token()
    assert one != other
    assert len(one) >= 43
    assert token_hash(one) not in {one, token_hash(other)}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" A@B.org ", "a@b.org"),
        ("IPEK@X.ORG", "ipek@x.org"),
        ("İpek@x.org", "İpek@x.org"),
        ("ılgın@x.org", "ılgın@x.org"),
    ],
)
def test_addresses_meet_without_regard_to_case_of_plain_letters(typed, kept):
    assert address_of(typed) == kept
