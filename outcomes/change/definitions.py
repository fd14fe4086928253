"""Who counts as a responder: published definitions as data, and the reading of a clinic's own.

None of them is a finding. They stand side by side so that a reader sees how much a share depends on the definition. A
gain is a change turned so that more is better, whatever the direction of the scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from outcomes.voice import N_


class Kind(StrEnum):
    """What a criterion asks of one scale."""

    GAIN_AT_LEAST = "gain_at_least"
    GAIN_MORE_THAN = "gain_more_than"
    GAIN_BEYOND_BAND = "gain_beyond_band"
    GAIN_SHARE_AT_LEAST = "gain_share_at_least"
    SCORE_AT_LEAST = "score_at_least"
    SCORE_AT_MOST = "score_at_most"


GAINS = frozenset({Kind.GAIN_AT_LEAST, Kind.GAIN_MORE_THAN, Kind.GAIN_BEYOND_BAND, Kind.GAIN_SHARE_AT_LEAST})


class DefinitionError(ValueError):
    """A stored responder definition cannot be read; names the key and what is wrong."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition on one scale. `value` is a gain or a score, a share of the baseline, or None for the band."""

    scale: str
    kind: Kind
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """Who counts as a responder: whoever meets all criteria of any one group.

    `title` and `note` are message ids.
    """

    code: str
    title: str
    any_of: tuple[tuple[Criterion, ...], ...]
    source: str = ""
    note: str = ""
    unverified: bool = False

    @property
    def scales(self) -> frozenset[str]:
        """The scales the definition needs."""
        return frozenset(criterion.scale for group in self.any_of for criterion in group)

    @property
    def has_mirror(self) -> bool:
        """Whether it asks for gains alone, so that the same loss can be counted by its own rule."""
        return all(criterion.kind in GAINS for group in self.any_of for criterion in group)


_LIKERT, _BIMODAL, _FUNCTION = "chalder11.likert", "chalder11.bimodal", "rand36.physical_functioning"
_PERCENT_NOTE = N_("Half of the baseline is asked of scales without a true zero; shown because it was published.")


def _gain(scale: str, value: float) -> Criterion:
    return Criterion(scale, Kind.GAIN_AT_LEAST, value)


def _single(code: str, title: str, criterion: Criterion, source: str, *, unverified: bool = False) -> Definition:
    return Definition(code, title, ((criterion,),), source, unverified=unverified)


_COLLIN = "Collin & Crawley 2017, quoted by Kirke 2021, https://doi.org/10.1177/0141076820977843"

PUBLISHED: tuple[Definition, ...] = (
    Definition(
        "pace_published",
        N_("PACE, as published: fatigue 2 points and function 8 points better"),
        ((_gain(_LIKERT, 2.0), _gain(_FUNCTION, 8.0)),),
        "White et al. 2011, https://doi.org/10.1016/S0140-6736(11)60096-2",
    ),
    Definition(
        "pace_protocol",
        N_("PACE, protocol: fatigue at most 3 or halved, and function at least 75 or half as much again"),
        tuple(
            (fatigue, function)
            for fatigue in (
                Criterion(_BIMODAL, Kind.SCORE_AT_MOST, 3.0),
                Criterion(_BIMODAL, Kind.GAIN_SHARE_AT_LEAST, 0.5),
            )
            for function in (
                Criterion(_FUNCTION, Kind.SCORE_AT_LEAST, 75.0),
                Criterion(_FUNCTION, Kind.GAIN_SHARE_AT_LEAST, 0.5),
            )
        ),
        "White et al. 2007, https://doi.org/10.1186/1471-2377-7-6",
        _PERCENT_NOTE,
        unverified=True,
    ),
    Definition(
        "pace_normal_range",
        N_("PACE, normal range: fatigue at most 18 and function at least 60"),
        ((Criterion(_LIKERT, Kind.SCORE_AT_MOST, 18.0), Criterion(_FUNCTION, Kind.SCORE_AT_LEAST, 60.0)),),
        "White et al. 2011, https://doi.org/10.1016/S0140-6736(11)60096-2",
        N_("Two of five people diagnosed with CFS already score above 60 for function."),
    ),
    _single(
        "collin_little", N_("A little better, rated by patients: fatigue 6.5 points"), _gain(_LIKERT, 6.5), _COLLIN
    ),
    _single("collin_much", N_("Much better, rated by patients: fatigue 11 points"), _gain(_LIKERT, 11.0), _COLLIN),
    _single(
        "collin_very_much",
        N_("Very much better, rated by patients: fatigue 14.9 points"),
        _gain(_LIKERT, 14.9),
        _COLLIN,
    ),
    _single(
        "comeback",
        N_("Comeback trial: fatigue severity more than 1.2 points better"),
        Criterion("fss9.mean", Kind.GAIN_MORE_THAN, 1.2),
        "Skjevling et al. 2024, BMJ Open 14:e073275",
    ),
    Definition(
        "scheeres",
        N_("Scheeres: fatigue beyond error and at most 35, and function at least 65"),
        (
            (
                Criterion("cis20.fatigue", Kind.GAIN_BEYOND_BAND),
                Criterion("cis20.fatigue", Kind.SCORE_AT_MOST, 35.0),
                Criterion(_FUNCTION, Kind.SCORE_AT_LEAST, 65.0),
            ),
        ),
        "Scheeres et al. 2008",
        unverified=True,
    ),
    _single(
        "alanne",
        N_("15D: slightly better, 0.015"),
        Criterion("index15d.index", Kind.GAIN_MORE_THAN, 0.015),
        "Alanne et al. 2015, Qual Life Res 24:599",
    ),
)


def beyond_band(scale: str) -> Definition:
    """Define a responder as whoever gained more than the band of usual variation on one scale."""
    return _single("beyond_band", N_("Better, beyond the band"), Criterion(scale, Kind.GAIN_BEYOND_BAND), "")


def by_threshold(scale: str, value: float, source: str) -> Definition:
    """Define a responder as whoever gained an important change on one scale, whatever the error."""
    return _single("by_threshold", N_("Better by the important change"), _gain(scale, value), source)


def read_definition(code: str, rule: Mapping[str, Any]) -> Definition:
    """Read a clinic's own definition as stored.

    Parameters:
        code: the definition's name.
        rule: a title and "any_of", a list of groups, each a list of {"scale", "kind", "value"}.

    Returns:
        The definition.

    Raises:
        DefinitionError: a key is absent or of the wrong kind, or a share of the baseline is asked for: no scale here
            has a true zero.

    Example:
        >>> rule = {"title": "Ours", "any_of": [[{"scale": "fss9.mean", "kind": "gain_at_least", "value": 1.0}]]}
        >>> read_definition("ours", rule).scales
        frozenset({'fss9.mean'})
    """
    title, groups = rule.get("title"), rule.get("any_of")
    if not isinstance(title, str) or not title:
        raise DefinitionError("title", "a title is needed")
    if not isinstance(groups, list) or not groups or not all(isinstance(group, list) and group for group in groups):
        raise DefinitionError("any_of", "a list of groups of criteria is needed")
    any_of = tuple(tuple(_criterion(each) for each in group) for group in groups)
    return Definition(code, title, any_of, str(rule.get("source", "")))


def as_stored(definition: Definition) -> dict[str, Any]:
    """Turn a definition into the plain values that are stored."""
    return {
        "title": definition.title,
        "any_of": [[_stored(criterion) for criterion in group] for group in definition.any_of],
        "source": definition.source,
    }


def _stored(criterion: Criterion) -> dict[str, Any]:
    return {"scale": criterion.scale, "kind": criterion.kind.value, "value": criterion.value}


def _criterion(raw: object) -> Criterion:
    if not isinstance(raw, Mapping):
        raise DefinitionError("any_of", "a criterion has a scale, a kind and a value")
    scale, value = raw.get("scale"), raw.get("value")
    if not isinstance(scale, str) or not scale:
        raise DefinitionError("scale", "the key of a scale is needed")
    if raw.get("kind") not in _OWN_KINDS:
        raise DefinitionError("kind", f"one of {', '.join(_OWN_KINDS)} is needed")
    kind = Kind(raw["kind"])
    if kind is Kind.GAIN_BEYOND_BAND:
        return Criterion(scale, kind)
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise DefinitionError("value", "a number is needed")
    return Criterion(scale, kind, float(value))


_OWN_KINDS: Sequence[str] = [kind.value for kind in Kind if kind is not Kind.GAIN_SHARE_AT_LEAST]
