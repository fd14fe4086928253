"""A stranger's ten lines work out the summary of the cohort page from the text files of a release."""

import ast
import subprocess
import sys

import pandas as pd
import pytest

from outcomes.change.columns import Person, changes, columns
from outcomes.change.individual import error_in_force
from outcomes.exchange.writers.contents import LongRow
from outcomes.exchange.writers.summary import QUANTITIES, summary_table
from outcomes.instruments.catalogue import load_catalogue
from tests.exchange.releasing import PLAN, long_rows, opened, packed, release, scales, with_records
from tests.house.source import ROOT

NOTEBOOK = ROOT / "docs" / "examples" / "release_notebook.py"
PEOPLE = 60


def scores() -> list[LongRow]:
    """Scores with two baselines for some people."""
    again = {"value": 7.25, "absence": None, "occurrence": 2}
    rows = []
    for row in long_rows(release(PEOPLE)):
        rows.append(row)
        if row.role == "baseline" and int(row.patient[-5:]) % 3 == 0:
            rows.append(row._replace(**again))
    return rows


def judged(rows):
    catalogue, people = load_catalogue(), [Person(patient) for patient in dict.fromkeys(row.patient for row in rows)]
    for released in scales():
        scale = catalogue.scale(released.key)
        own = [(row.patient, row.day, row.value) for row in rows if row.scale == released.key]
        data = columns(people, own)
        for point in PLAN[1:]:
            yield changes(data, scale, point, PLAN, error_in_force(scale))


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    """The summary in the release, and what the notebook makes of the scores."""
    folder, rows = tmp_path_factory.mktemp("notebook"), scores()
    told = summary_table(list(judged(rows)))
    content, _ = packed(with_records(release(PEOPLE, summaries=(told,)), long=[rows]))
    opened(content).extractall(folder)
    command = [sys.executable, str(NOTEBOOK), str(folder), str(folder / "made.csv")]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own script
    key = ["scale", "visit", "quantity"]
    shipped, made = (pd.read_csv(folder / name).set_index(key).value for name in ("data/csv/summary.csv", "made.csv"))
    return shipped, made


def test_every_number_of_the_summary_comes_out(summaries):
    shipped, made = summaries
    assert len(shipped) == len(scales()) * (len(PLAN) - 1) * len(QUANTITIES) > 100
    assert set(made.index) == set(shipped.index)
    assert made[shipped.index].tolist() == pytest.approx(shipped.tolist(), rel=1e-9, abs=1e-9)


def test_it_is_ten_lines():
    statements = ast.parse(NOTEBOOK.read_text()).body
    work = [each for each in statements if not isinstance(each, ast.Import | ast.Expr)]
    assert 8 <= len(work) + 1 <= 10
