"""Texts in a delimited file: nothing computes, and every text comes back."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.exchange.writers.texts import guarded, named, plain, unguarded
from tests.exchange.payloads import PAYLOADS

STARTS = re.compile(r"^[\s\"\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]")
HOSTILE = st.text(st.sampled_from("=+-@'\";,|\t\r\n a1\uff1d−"), max_size=12)


def cells(text: str, separator: str) -> list[str]:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(["a", text, "b"])
    return [
        cell for line in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=separator) for cell in line
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_payload_begins_a_cell_whatever_the_reader_takes_for_a_separator(payload, separator):
    assert [cell for cell in cells(guarded(payload), separator) if STARTS.match(cell)] == []


@given(HOSTILE | st.text())
def test_every_text_comes_back(text):
    assert unguarded(guarded(text)) == text


@given(HOSTILE)
def test_no_hostile_text_begins_a_cell(text):
    assert [cell for cell in cells(guarded(text), ",") if STARTS.match(cell)] == []


@pytest.mark.parametrize(
    "text", ["month_3", "20-29", "5-9", "chalder11.likert", "Yorgunluk, Likert toplamı", "a'b", ""]
)
def test_ordinary_texts_are_left_alone(text):
    assert guarded(text) == text


def test_control_characters_are_replaced_and_nothing_else():
    assert plain("a\x00b\x1bc\x85\td\r\ne") == "a�b�c�\td\r\ne"


def test_names_fit_every_program_and_are_told_apart():
    taken: set[str] = set()
    keys = ["own_quality_of_life.value", "own_quality_of_life.value2", "eq5d.index", "15d.index", "Şş.İ"]
    names = [named(key, taken) for key in keys]
    assert len(set(names)) == len(keys)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,20}", name) for name in names)
