"""Codes of an app: the worked examples of RFC 6238, and what a typed code looks like."""

from datetime import UTC, datetime

import pytest

from outcomes.access.one_time_codes import (
    RECOVERY_CODES,
    address_for_app,
    bare,
    looks_like_a_code,
    looks_like_a_recovery_code,
    new_recovery_codes,
    new_secret,
    step_of,
)

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the ASCII text 12345678901234567890 of the RFC
EXAMPLES = [  # RFC 6238, appendix B, SHA-1; the last six of its eight digits
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), EXAMPLES)
def test_the_examples_of_the_rfc(seconds, code):
    assert step_of(SECRET, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize("shift", [-61, 61])
def test_a_code_of_another_minute_is_none(shift):
    assert step_of(SECRET, "050471", datetime.fromtimestamp(1111111111 + shift, UTC)) is None


def test_secrets_and_recovery_codes_are_new_every_time():
    assert len({new_secret() for _ in range(50)}) == 50
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert all(looks_like_a_recovery_code(bare(code)) for code in codes)


@pytest.mark.parametrize(
    ("typed", "code"), [("287082", True), ("28708", False), ("２８７０８２", False), ("28708a", False)]
)
def test_what_looks_like_a_code(typed, code):
    assert looks_like_a_code(typed) is code


def test_the_app_is_told_whose_code_it_shows():
    address = address_for_app(SECRET, "deniz@example.org")
    assert address.startswith("otpauth://totp/Outcomes:deniz%40example.org?secret=GEZDGNBV")
