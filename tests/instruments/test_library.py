"""What the shipped definitions must keep to: sources, marks, licences, figures that agree with one another."""

from itertools import pairwise
from math import sqrt
from pathlib import Path

import pytest

from outcomes.instruments.catalogue import LIBRARY, WORDING, load_catalogue
from outcomes.instruments.definition import Formula
from outcomes.terms import Better, Domain, ErrorKind, Language, LicencePolicy

CATALOGUE = load_catalogue()
INSTRUMENTS = list(CATALOGUE)
SCALES = list(CATALOGUE.scales())
NAMED = {"ids": lambda each: getattr(each, "key", getattr(each, "code", None))}
ROOT = Path(__file__).parents[2]

every_instrument = pytest.mark.parametrize("instrument", INSTRUMENTS, **NAMED)
every_scale = pytest.mark.parametrize("scale", SCALES, **NAMED)

PROMISED = [
    "chalder11",
    "fss9",
    "mfi20",
    "mfis21",
    "cis20",
    "promis_fatigue_7a",
    "promis_fatigue_4a",
    "promis_fatigue_8a",
    "bell",
    "promis_cog8a",
    "broadbent25",
    "sdmt",
    "rbans",
    "rand36",
    "eq5d",
    "eq5d3l",
    "index15d",
    "whoqol_bref",
    "funcap27",
    "promis_global10",
    "hads",
    "dsq_pem",
    "ibs_sss",
    "bristol",
    "own_fatigue",
    "own_thinking",
    "own_quality_of_life",
    "own_change",
    "crp",
    "calprotectin",
    "zonulin",
    "microbial_diversity",
]


def test_every_promised_instrument_is_there():
    assert sorted(CATALOGUE.codes()) == sorted(PROMISED)


@pytest.mark.parametrize(
    ("code", "scales"),
    [
        ("chalder11", {"likert", "bimodal", "physical", "mental"}),
        ("mfi20", {"total", "general", "physical", "activity", "motivation", "mental"}),
        ("mfis21", {"total", "physical", "cognitive", "psychosocial", "mfis5"}),
        ("cis20", {"total", "fatigue", "concentration", "motivation", "activity"}),
        ("whoqol_bref", {"physical", "psychological", "social", "environment"}),
    ],
)
def test_the_scales_of_a_questionnaire(code, scales):
    assert {scale.code for scale in CATALOGUE[code].scales} == scales


def test_rand36_has_eight_scales():
    assert len(CATALOGUE["rand36"].scales) == 8


@every_instrument
def test_the_file_is_named_after_its_code(instrument):
    assert (LIBRARY / f"{instrument.code}.toml").is_file()


@every_instrument
def test_titles_stand_in_both_languages(instrument):
    titles = [instrument.title, *(scale.title for scale in instrument.scales)]
    titles += [item.label for item in instrument.items if item.label is not None]
    titles += [instrument.form_title] if instrument.form_title else []
    assert all(set(title) == set(Language) for title in titles)


@every_instrument
def test_a_source_is_named_unless_it_is_ours_or_a_laboratory_value(instrument):
    ours = instrument.policy is LicencePolicy.BUNDLED
    marker = instrument.scales[0].domain is Domain.MARKER
    assert ours or marker or instrument.citations
    assert instrument.licence_note


@every_instrument
def test_wording_ships_only_where_the_policy_says_so(instrument):
    for language in Language:
        ships = (WORDING / language.value / f"{instrument.code}.toml").is_file()
        assert ships is (instrument.policy is LicencePolicy.BUNDLED)
        assert (CATALOGUE.wording(instrument.code, language) is not None) is ships


@every_instrument
def test_published_questions_carry_neutral_labels(instrument):
    if instrument.policy is LicencePolicy.BUNDLED:
        return
    for item in instrument.items:
        english = CATALOGUE.item_label(instrument, item, Language.ENGLISH)
        assert english.startswith("Item ") or english == "Value, 0 to 100"
        assert CATALOGUE.item_label(instrument, item, Language.TURKISH) != english


@every_instrument
def test_what_is_unverified_is_said_in_words(instrument):
    figures = [
        each
        for scale in instrument.scales
        for each in (*scale.errors, *scale.thresholds, *scale.cutoffs, *scale.norms, scale.rule)
    ]
    if any(each.unverified for each in figures if getattr(each, "population", "") != "ME/CFS, Denmark"):
        assert instrument.unverified


@every_scale
def test_a_figure_without_a_source_is_marked(scale):
    for each in (*scale.errors, *scale.thresholds, *scale.cutoffs, *scale.norms):
        assert each.unverified or "no source" not in each.source


@every_scale
def test_its_direction_is_stated_or_knowingly_left_open(scale):
    open_ended = {"dsq_pem", "bristol", "zonulin", "microbial_diversity"}
    assert (scale.better is None) is (scale.key.split(".")[0] in open_ended)


@every_scale
def test_its_key_is_made_of_instrument_and_scale(scale):
    assert scale.key == f"{CATALOGUE.instrument_of(scale.key).code}.{scale.code}"
    assert len(scale.key) <= 80


@pytest.mark.parametrize(
    ("key", "better"),
    [
        ("chalder11.likert", Better.LOWER),
        ("fss9.mean", Better.LOWER),
        ("promis_fatigue_7a.t", Better.LOWER),
        ("promis_cog8a.t", Better.HIGHER),
        ("rand36.physical_functioning", Better.HIGHER),
        ("rand36.pain", Better.HIGHER),
        ("bell.score", Better.HIGHER),
        ("index15d.index", Better.HIGHER),
        ("whoqol_bref.physical", Better.HIGHER),
        ("funcap27.overall", Better.HIGHER),
        ("own_fatigue.score", Better.LOWER),
        ("own_quality_of_life.score", Better.HIGHER),
    ],
)
def test_the_direction_of_a_scale(key, better):
    assert CATALOGUE.scale(key).better is better


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("chalder11.likert", 6.5),
        ("fss9.mean", 1.2),
        ("mfis21.total", 4),
        ("rand36.physical_functioning", 10),
        ("rand36.energy_fatigue", 6.2),
        ("index15d.index", 0.015),
        ("promis_cog8a.t", None),
    ],
)
def test_the_threshold_in_force(key, value):
    default = CATALOGUE.scale(key).default_threshold
    assert (default.value if default else None) == value


@pytest.mark.parametrize(
    ("key", "detectable"),
    [
        ("fss9.mean", 1.94),
        ("mfis21.total", 20.2),
        ("mfis21.physical", 9.98),
        ("mfis21.cognitive", 10.53),
        ("mfis21.psychosocial", 2.22),
        ("mfi20.total", 9.5),
        ("mfi20.mental", 2.33),
    ],
)
def test_a_retest_error_gives_the_published_detectable_change(key, detectable):
    error = CATALOGUE.scale(key).errors[0]
    assert error.kind is ErrorKind.RETEST
    assert error.interval
    assert 1.96 * sqrt(2) * error.sem == pytest.approx(detectable, abs=0.01 * max(1, detectable / 2))


def test_no_retest_error_is_claimed_for_chalder():
    kinds = {error.kind for scale in CATALOGUE["chalder11"].scales for error in scale.errors}
    assert kinds == {ErrorKind.INTERNAL_CONSISTENCY}


@pytest.mark.parametrize("scale", [each for each in SCALES if each.rule.formula is Formula.TABLE], **NAMED)
def test_a_score_of_a_table_carries_its_standard_error(scale):
    assert scale.carries_standard_error
    assert all(se is not None and se > 0 for _, se in scale.rule.table.values())
    sums = sorted(scale.rule.table)
    assert all(scale.rule.table[a][0] < scale.rule.table[b][0] for a, b in pairwise(sums))


@pytest.mark.parametrize("scale", [each for each in SCALES if len(each.norms) == 2 and each.norms[0].sd], **NAMED)
def test_the_halfway_point_follows_from_the_published_samples(scale):
    """Jacobson and Truax's c = (SDn·Mp + SDp·Mn) / (SDp + SDn)."""
    halfway = [cutoff.value for cutoff in scale.cutoffs if "Jacobson" in cutoff.name]
    if halfway:
        patients, healthy = scale.norms
        c = (healthy.sd * patients.mean + patients.sd * healthy.mean) / (patients.sd + healthy.sd)
        assert halfway == [pytest.approx(c, abs=0.06)]


def test_the_halfway_points_are_checked():
    assert sum("Jacobson" in cutoff.name for scale in SCALES for cutoff in scale.cutoffs) == 15


@every_scale
def test_half_a_standard_deviation_is_half_of_the_one_given(scale):
    computed = [each for each in scale.thresholds if each.source.startswith("Computed")]
    for threshold in computed:
        assert threshold.value == pytest.approx(scale.norms[0].sd / 2, abs=0.06)


def test_the_example_of_a_clinics_own_instrument_loads():
    hamd = load_catalogue(ROOT / "docs" / "examples")["hamd"]
    scale = hamd.scale("total")
    assert (scale.minimum, scale.maximum, scale.better) == (0, 52, Better.LOWER)
    assert scale.errors[0].sem == 1.4937
    assert not hamd.accepts_items
    assert hamd.accepts_totals


def test_every_default_threshold_is_one_of_its_list():
    assert all(sum(each.default for each in scale.thresholds) <= 1 for scale in SCALES)
