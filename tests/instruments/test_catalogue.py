"""A clinic's own files: instruments, versions, wording; and what a bad file says."""

import pytest

from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.errors import InstrumentFileError
from outcomes.instruments.examples import examples
from outcomes.instruments.scoring import score
from outcomes.terms import Absence, Language

GOOD = """
code = "steps3"
version = "1"
title = { en = "Three questions", tr = "Üç soru" }
policy = "local_pack"
minutes = 1
accepts_totals = true

[[items]]
codes = "1-3"
minimum = 0
maximum = 4
reverse = "2"

[[scales]]
code = "total"
title = { en = "Total", tr = "Toplam" }
domain = "fatigue"
headline = true
formula = "sum"
items = "1-3"
at_least = 2
minimum = 0
maximum = 12
step = 1
better = "lower"
unit = "points"
"""

ERROR = """
[[scales.errors]]
kind = "retest"
sem = 1
interval = "1 week"
population = "ME/CFS"
source = "Author 2020"
"""

THRESHOLD = """
[[scales.thresholds]]
value = 2
method = "anchor"
population = "ME/CFS"
source = "Author 2020"
default = true
"""

ENDS = "minimum = 20\nmaximum = 32"
ENTERED = (
    GOOD.split("[[items]]", maxsplit=1)[0]
    + "[[scales]]"
    + GOOD.split("[[scales]]")[1].replace('"sum"', '"entered"').replace('items = "1-3"\nat_least = 2\n', "")
)
TABLE = GOOD.replace('formula = "sum"', 'formula = "table"').replace("at_least = 2\n", "") + "[scales.table]\n"
RISING = "".join(f"{raw} = {20 + raw}\n" for raw in range(13))
PARTIAL_TABLE = TABLE.replace("formula", "at_least = 2\nformula").replace("minimum = 0\nmaximum = 12", ENDS)

SCALE = """
[[scales]]
code = "other"
title = { en = "Other", tr = "Başka" }
domain = "fatigue"
formula = "sum"
items = "1"
minimum = 0
maximum = 4
unit = "points"
"""


@pytest.fixture
def pack(tmp_path):
    """Write files into a pack folder and load it."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".toml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_catalogue(tmp_path)

    return write


def test_a_folder_that_is_not_there_adds_nothing(tmp_path):
    assert load_catalogue(tmp_path / "none").codes() == load_catalogue().codes()


def test_a_clinics_instrument_is_scored_like_any_other(pack):
    steps = pack(mine=GOOD)["steps3"]
    assert score(steps, {"1": 1, "2": 4, "3": 2})[0].value == 3
    assert score(steps, {"1": 1, "3": 2})[0].value == 4.5
    assert score(steps, {"1": 1})[0].absence is Absence.ITEMS_MISSING


def test_two_versions_of_one_code_stay_at_hand(pack):
    newer = GOOD.replace('version = "1"', 'version = "1.10"')
    catalogue = pack(a=newer, b=GOOD, c=GOOD.replace('version = "1"', 'version = "1.9"'))
    assert catalogue.versions("steps3") == ("1", "1.9", "1.10")
    assert catalogue["steps3"].version == "1.10"
    assert catalogue.get("steps3", "1").version == "1"
    assert catalogue.get("steps3", "2") is None
    assert catalogue.instrument_of("steps3.total").version == "1.10"


def test_a_clinic_may_bring_a_newer_version_of_a_shipped_instrument(pack):
    newer = GOOD.replace("steps3", "fss9").replace('version = "1"', 'version = "2"')
    catalogue = pack(fss=newer)
    assert catalogue["fss9"].version == "2"
    assert len(catalogue.get("fss9", "1").items) == 9


def test_the_same_version_twice_is_refused(pack):
    with pytest.raises(InstrumentFileError, match=r"b\.toml: version: steps3 version 1 exists already"):
        pack(a=GOOD, b=GOOD)


def test_wording_of_a_licensed_questionnaire_is_installed_by_language(pack):
    catalogue = pack(wording__tr__fss9='version = "lisans 2024"\n[items]\n7 = "Yedi"\n[choices."*"]\n1 = "hiç"\n')
    fss = catalogue["fss9"]
    wording = catalogue.wording("fss9", Language.TURKISH)
    assert (wording.version, wording.choices_of("3")) == ("lisans 2024", {1: "hiç"})
    assert catalogue.item_label(fss, fss.item("7"), Language.TURKISH) == "Yedi"
    assert catalogue.item_label(fss, fss.item("8"), Language.TURKISH) == "Madde 8"
    assert catalogue.wording("fss9", Language.ENGLISH) is None


def test_worked_examples_of_a_clinics_instrument(pack, tmp_path):
    steps = pack(mine=GOOD, examples__steps3='[[examples]]\ntitle = "All"\nanswers = "1-3=4"\nexpect = { total = 8 }')
    assert examples(steps["steps3"], tmp_path / "examples")[0].expected["total"].value == 8
    assert examples(steps["steps3"]) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"lower"', '"down"'), "scales[1].better: must be one of lower, higher"),
        (GOOD.replace('"fatigue"', '"tiredness"'), "scales[1].domain: must be one of"),
        (GOOD.replace('code = "steps3"', 'code = "Steps 3"'), "code: must be small letters"),
        (GOOD.replace('version = "1"', "version = 1"), "version: must be a text"),
        (GOOD.replace('version = "1"', 'version = "one"'), "version: must be a version"),
        (GOOD.replace('version = "1"\n', ""), "version: is missing"),
        (GOOD.replace('en = "Three questions", ', ""), "title.en: is missing"),
        (GOOD.replace("minutes = 1", 'minutes = "one"'), "minutes: must be a number"),
        (GOOD.replace("minutes = 1", "minutes = nan"), "minutes: must be a number"),
        (GOOD.replace("minutes = 1", "minutes = 1e309"), "minutes: must be a number"),
        (GOOD.replace("minutes = 1", "minutes = 0"), "minutes: must be more than 0"),
        (GOOD.replace("accepts_totals = true", "accepts_totals = 1"), "accepts_totals: must be true or false"),
        (GOOD.replace("accepts_totals", "acepts_totals"), "acepts_totals: is not a known key here"),
        (GOOD.replace("headline = true\n", ""), "scales: one of them must be the headline"),
        (GOOD.replace('codes = "1-3"', 'codes = "3-1"'), 'items[1].codes: "3-1" is no span'),
        (GOOD.replace('codes = "1-3"', 'codes = ["1", "1", "2", "3"]'), 'items: "1" stands there 2 times'),
        (GOOD.replace('reverse = "2"', 'reverse = "5"'), "items[1].reverse: names items that are not here: 5"),
        (GOOD.replace("maximum = 4", "maximum = 0"), "items (1): the maximum must lie above the minimum"),
        (GOOD.replace("maximum = 4", "maximum = 4.5"), "items (1): the range must be a whole number of steps"),
        (GOOD.replace("maximum = 4", "maximum = 99999"), "items (1): has more than 1001 permitted answers"),
        (GOOD.replace('reverse = "2"', "recode = { 0 = 1 }"), "items (1): recode must name every permitted answer"),
        (GOOD.replace('items = "1-3"', 'items = "1-4"'), "scales[1].items: names items that do not exist: 4"),
        (GOOD.replace("at_least = 2", "at_least = 4"), "scales[1].at_least: must be from 1 to 3"),
        (GOOD.replace("maximum = 12", "maximum = 15"), "scales[1].maximum: the formula reaches 12"),
        (GOOD.replace('"sum"', '"product"'), "scales[1].formula: must be one of sum, mean, table, criteria, entered"),
        (GOOD.replace('"sum"', '"table"'), "scales[1].table: is there when the formula"),
        (GOOD.replace('"sum"', '"entered"'), "scales[1].formula: a scale has items, or"),
        (GOOD + 'table = "x"\n', "scales[1].table: must be a table"),
        (TABLE + "0 = 20\n", "scales[1].table: must hold every raw sum from 0 to 12"),
        (TABLE + "0 = [20, 1, 2]\n", "scales[1].table.0: must be a value, or a value and its standard error"),
        (TABLE + "zero = 20\n", "scales[1].table.zero: the key must be a number"),
        (GOOD + 'criteria = ["1>=1"]\n', "scales[1].criteria: must be a list of lists"),
        (GOOD + 'criteria = [["1=1"]]\n', "scales[1].criteria: '1=1' is no clause"),
        (GOOD + ERROR.replace('interval = "1 week"\n', ""), "scales[1].errors[1].interval: is missing"),
        (GOOD + ERROR.replace("sem = 1\n", ""), "scales[1].errors[1].sem: must be there"),
        (GOOD + ERROR.replace("sem = 1", "sem = -1"), "scales[1].errors[1].sem: must be more than 0"),
        (GOOD + ERROR.replace('source = "Author 2020"\n', ""), "scales[1].errors[1].source: is missing"),
        (GOOD + THRESHOLD.replace("value = 2", "value = 0"), "scales[1].thresholds[1].value: must be more than 0"),
        (GOOD + THRESHOLD * 2, "scales[1].thresholds: only one can be the default"),
        (
            GOOD.replace('reverse = "2"', 'recode = { 0 = 4, 1 = 3, 2 = 2, 3 = 1, 4 = 0 }\nreverse = "2"'),
            "items (2): cannot be",
        ),
        (GOOD.replace('reverse = "2"', 'source_ids = ["A"]'), "items[1].source_ids: must name 3 items"),
        (GOOD + SCALE.replace('"other"', '"total"'), 'scales: "total" stands there 2 times'),
        (GOOD + SCALE + "headline = true\n", "scales: 2 headlines for fatigue; one is allowed"),
        (GOOD + SCALE + "step = 0\n", "scales[2].step: must be more than 0"),
        (ENTERED.replace("maximum = 12", "maximum = 0"), "scales[1].maximum: must lie above the minimum"),
        (ENTERED.replace("accepts_totals = true", "accepts_totals = false"), "accepts_totals: must be true"),
        (GOOD + 'criteria = [["1>=1"]]\n', "scales[1].criteria: is there when the formula"),
        (GOOD.replace('"sum"', '"criteria"') + 'criteria = [["9>=1"]]\n', "scales[1].criteria: names items"),
        (GOOD + "recode = { 0 = 1 }\n", "scales[1].recode: does not name 1, 2, 3, 4"),
        (TABLE + RISING.replace("5 = 25", "5 = 24"), "scales[1].table: values must rise with the raw sum"),
        (TABLE + RISING, "scales[1].minimum: the table reaches from 20 to 32"),
        (TABLE.replace("maximum = 4", "maximum = 4\nstep = 0.5") + RISING, "scales[1].table: needs whole numbers"),
        (PARTIAL_TABLE + RISING, "scales[1].at_least: a table needs every item"),
        (GOOD.replace("at_least = 2", "at_least = 1.5"), "scales[1].at_least: must be a whole number"),
        (GOOD.replace('codes = "1-3"', "codes = [1, 2]"), "items[1].codes: must be a list of texts"),
        (GOOD.replace("[[items]]", "[items]"), "items: must be a list of tables"),
        (GOOD.split("[[scales]]", maxsplit=1)[0], "scales: is missing"),
        ("title = ", "is not valid TOML"),
        ("x = [" * 5000, "is n"),
        ("ş".encode("cp1254"), "is not UTF-8 text (byte 0)"),
        (b"#" * 1_000_001, "is larger than 1 MB"),
    ],
)
def test_a_bad_file_names_file_key_and_reason(pack, text, said):
    with pytest.raises(InstrumentFileError) as bad:
        pack(mine=text)
    assert str(bad.value).startswith(f"mine.toml: {said}")
    assert bad.value.file.name == "mine.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[items]\n1 = "One"', "version: is missing"),
        ('version = "1"\n[items]\n10 = "Ten"', "items.10: fss9 has no such item"),
        ('version = "1"\n[items]\n1 = 7', "items.1: must be a text"),
        ('version = "1"\n[choices.1]\n8 = "Eight"', "choices.1: 8 is not a permitted answer of item 1"),
        ('version = "1"\n[choices.12]\n1 = "One"', "choices.12: fss9 has no such item"),
        ('version = "1"\n[choices.1]\na = "A"', "choices.1.a: the key must be a number"),
        ('version = "1"\ntexts = []', "texts: is not a known key here"),
    ],
)
def test_a_bad_wording_file_names_file_key_and_reason(pack, text, said):
    with pytest.raises(InstrumentFileError) as bad:
        pack(wording__en__fss9=text)
    assert str(bad.value) == f"fss9.toml: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[examples]]\nanswers = "1=1"', "examples[1].title: is missing"),
        ('[[examples]]\ntitle = "A"', "examples[1].expect: an example expects scores, or is refused"),
        ('[[examples]]\ntitle = "A"\nexpect = { sum = 1 }', "examples[1].expect.sum: is not a scale"),
        ('[[examples]]\ntitle = "A"\nexpect = { total = "gone" }', "examples[1].expect.total: must be one of"),
    ],
)
def test_a_bad_file_of_examples_names_file_key_and_reason(pack, tmp_path, text, said):
    catalogue = pack(mine=GOOD, examples__steps3=text)
    with pytest.raises(InstrumentFileError) as bad:
        examples(catalogue["steps3"], tmp_path / "examples")
    assert str(bad.value).startswith(f"steps3.toml: {said}")


def test_a_catalogue_can_be_asked(pack):
    catalogue = pack(mine=GOOD)
    assert "steps3" in catalogue
    assert "steps4" not in catalogue
    assert len(catalogue) == len(catalogue.codes()) == len(list(catalogue))
    assert catalogue.scale("steps3.total").unit == "points"
    with pytest.raises(KeyError):
        catalogue.scale("steps3.sum")
    with pytest.raises(KeyError):
        catalogue["steps4"]
