"""R reads every table of a release: .sav and .dta with haven, the text files with the script that ships."""

from collections import Counter
from dataclasses import replace

import pytest

from outcomes.exchange.writers.contents import NOT_KNOWN, REASONS, Code, Column, Kind, Table
from outcomes.exchange.writers.texts import plain
from outcomes.privacy.tiers import Tier
from outcomes.terms import Language
from tests.exchange.in_r import Described, demand, faults, read_back
from tests.exchange.payloads import PAYLOADS
from tests.exchange.releasing import opened, packed, packed_once, release, summary_table, titled

TURKISH = (
    "Işık, İĞNE ve şöyle çünkü",
    "ığdır ÖÇÜ",
    "NA",
    "“alıntı”",
    'tırnak " içinde',
    "satır\nsonu",
    "'lı",
    "çok " * 9,
)


def letters():
    """A table of Turkish letters, of texts that compute and of signs that look like something else."""
    texts = [plain(text).rstrip(" ") for text in (*TURKISH, *PAYLOADS)]
    title = {Language.ENGLISH: "Ölçülen değişim: " + "ışık " * 30, Language.TURKISH: "Ölçülen"}
    columns = (
        Column("yazi", Kind.TEXT, titled("Yazı, İğne")),
        Column("kod", Kind.CODE, title, (Code("ığ", titled("İyi, çok iyi")), Code("şö", titled('Kötü, "şöyle"')))),
        Column("sayi", Kind.NUMBER, titled("Sayı"), reason=NOT_KNOWN),
    )
    numbers = [0.1, -0.0001, 1e-300, 1234567.125, 2 / 3, None]
    rows = [(text, ("ığ", "şö")[n % 2], numbers[n % len(numbers)]) for n, text in enumerate(texts)]
    return Table("letters", title, columns, [rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A release with every reason for a missing number, Turkish letters and texts that compute."""
    demand()
    there = tmp_path_factory.mktemp("r")
    opened(packed(release(summaries=(summary_table(), letters())))[0]).extractall(there)
    return there


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_every_cell_and_label_of_every_table_is_read_in_r_whatever_the_locale(folder, tmp_path, locale):
    seen, wrong = faults(folder, tmp_path / "back", locale)
    assert (seen > 50_000, wrong) == (True, [])


def test_every_reason_is_read_from_spss_and_stata(folder, tmp_path):
    found, told = read_back(folder, tmp_path / "back"), Described(folder)
    place = [column["column"] for column in told.of("long")].index("value")
    for kind, sign in (("sav", "spss"), ("dta", "stata")):
        count = Counter(row[place] for row in found[f"long.{kind}.cells"][1:])
        absent = {told.reasons[code][sign] for code in ("too_ill", "skipped", "total_only", "withheld")}
        assert all(count["a" + each] > 0 for each in absent)
    assert len(told.reasons) == len(REASONS)


def test_a_release_of_counts_is_read_in_r(tmp_path):
    demand()
    contents = replace(release(), tier=Tier.PUBLIC, records=None, summaries=(summary_table(), letters()))
    opened(packed(contents)[0]).extractall(tmp_path / "release")
    seen, wrong = faults(tmp_path / "release", tmp_path / "back")
    assert (seen > 300, wrong) == (True, [])


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("codebook/reasons.csv", "-9901", "-9902"),
        ("codebook/codes.csv", "Baseline", "Base line"),
        ("data/csv/patients.csv", ",female,", ",male,"),
    ],
)
def test_a_file_that_says_something_else_is_found_out(tmp_path, file, old, new):
    """The comparison is alive: one thing said otherwise in one place is told of."""
    demand()
    opened(packed_once()).extractall(tmp_path / "release")
    path = tmp_path / "release" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8", newline="")
    _, wrong = faults(tmp_path / "release", tmp_path / "back")
    assert wrong
