"""Do intervals cover the truth, and how often does nothing look like better? `python -m benchmarks.coverage`.

Invented clinics with a known truth are analysed as the program would; the answers are counted. With --write the tables
of docs/statistics.md are replaced.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from outcomes.change import mixed
from outcomes.change.individual import Baseline, ErrorInForce, OwnError, Reading, baseline, change, error_in_force
from outcomes.change.mixed_intervals import beliefs, intervals
from outcomes.instruments.definition import Scale
from outcomes.terms import Better, Domain, ErrorKind, Verdict

DOCUMENT = Path(__file__).parents[1] / "docs" / "statistics.md"
CLINICS = {20: 600, 50: 400, 200: 120}
TARGETS = {20: "≥ 88 %", 50: "93–97 %", 200: "93–97 %"}
PEOPLE = 40_000


@dataclass(frozen=True)
class Truth:
    """How an invented clinic's people differ: all in points of one scale."""

    mean_change: float = -4.0
    sd_change: float = 5.0
    sd_level: float = 6.0
    noise: float = 5.0
    correlation: float = 0.0
    follow_ups: int = 4
    missed: float = 0.15


@dataclass(frozen=True)
class Coverage:
    """Share of people whose interval holds their true change."""

    patients: int
    baselines: int
    clinics: int
    integrated: float
    error: float  # Monte Carlo standard error of that share
    plug_in: float
    fewest_draws: float


def simulate(dice, patients, baselines, truth):
    """Return patients, scores, 0 before and 1 after, and the true changes."""
    one, other = dice.standard_normal((2, patients))
    level = 50 + truth.sd_level * one
    twist = truth.correlation * one + np.sqrt(1 - truth.correlation**2) * other
    moved = truth.mean_change + truth.sd_change * twist
    post = np.r_[np.zeros(baselines), np.ones(truth.follow_ups)]
    scores = level[:, None] + moved[:, None] * post + truth.noise * dice.standard_normal((patients, len(post)))
    seen = (dice.random(scores.shape) >= truth.missed) | (post == 0)
    names = np.repeat([str(place) for place in range(patients)], len(post)).reshape(scores.shape)
    return names[seen].tolist(), scores[seen], np.broadcast_to(post, scores.shape)[seen], moved


def interval_coverage(patients, baselines, clinics, truth=None, seed=0):
    """Count how often 95 % intervals of individual change hold the truth."""
    dice = np.random.default_rng([seed, patients, baselines])
    held, plug_in, draws = [], [], []
    for _ in range(clinics):
        names, scores, post, moved = simulate(dice, patients, baselines, truth or Truth())
        fit = mixed.fit(names, scores, mixed.before_after(post))
        belief = beliefs(fit)
        found = intervals(belief)
        held.append(np.mean((found.lower <= moved) & (moved <= found.upper)))
        plug_in.append(np.mean(np.abs(fit.change - moved) <= 1.96 * fit.change_errors))
        draws.append(belief.effective_draws)
    error = float(np.std(held) / np.sqrt(clinics))
    return Coverage(patients, baselines, clinics, float(np.mean(held)), error, float(np.mean(plug_in)), min(draws))


ENTRY = 60.0  # the score that opens the door to treatment
TRUE_SD, FLUCTUATION, ERROR, KEPT = 5.0, 3.5, 2.7, 0.3
WITHIN = float(np.hypot(FLUCTUATION, ERROR))  # SD within a person, months apart: what a retest error measures
T_SCORE = Scale(
    key="invented",
    code="invented",
    title={},
    domain=Domain.FATIGUE,
    items=(),
    minimum=None,
    maximum=None,
    step=0.1,
    better=Better.LOWER,
    unit="",
    decimals=1,
    errors=(),
    thresholds=(),
    cutoffs=(),
    loinc=None,
    headline=True,
)


def fluctuating(dice, people):
    """Return a first score, a second two weeks later and a third months later of people in whom nothing changes."""
    true = 60 + TRUE_SD * dice.standard_normal(people)
    first = dice.standard_normal(people)
    second = KEPT * first + np.sqrt(1 - KEPT**2) * dice.standard_normal(people)
    swings = np.stack([first, second, dice.standard_normal(people)])
    return true + FLUCTUATION * swings + ERROR * dice.standard_normal((3, people))


def false_better(kind, readings_before, people=PEOPLE, seed=0):
    """Return how often "better, beyond usual variation" is said though nothing changes and entry needs a high score."""
    scores = fluctuating(np.random.default_rng(seed), 2 * people)
    entered = scores[:, scores[0] >= ENTRY][:, :people]
    error = ErrorInForce(ErrorKind.RETEST, WITHIN, "months", "", "")
    if kind is ErrorKind.OWN_BASELINES:
        error = error_in_force(T_SCORE, OwnError(float(np.std(entered[0] - entered[1], ddof=1) / np.sqrt(2)), people))
    if kind is ErrorKind.INTERNAL_CONSISTENCY:
        error = ErrorInForce(kind, ERROR, None, "", "")
    said = [
        change(T_SCORE, _before(readings_before, *pair), Reading(180, after), error).verdict is Verdict.BETTER_BEYOND
        for *pair, after in zip(*entered.tolist(), strict=True)
    ]
    return float(np.mean(said))


def _before(which: str, qualifying: float, unselected: float) -> Baseline | None:
    """Return the baseline as the program makes it, or as it would be without its rule."""
    if which == "qualifying":
        return baseline([Reading(-14, qualifying, qualifying=True)])
    if which == "rule":
        return baseline([Reading(-14, qualifying, qualifying=True), Reading(0, unselected)])
    return baseline([Reading(-14, qualifying), Reading(0, unselected)])


BASELINES = {
    "qualifying": "the qualifying score alone",
    "both": "mean of the qualifying and a second score",
    "rule": "the second score, the qualifying one left out (the program's rule)",
}
KINDS = {
    ErrorKind.RETEST: "retest error",
    ErrorKind.OWN_BASELINES: "own baselines, two weeks apart",
    ErrorKind.INTERNAL_CONSISTENCY: "internal consistency",
}


def coverage_table(share=1.0):
    """Return the table of coverage as Markdown, printing each cell as it comes."""
    lines = ["| patients | baselines | clinics | integrated | ± | plug-in | target |", "|---|---|---|---|---|---|---|"]
    for patients, clinics in CLINICS.items():
        for baselines in (1, 2, 3):
            one = interval_coverage(patients, baselines, max(int(clinics * share), 4))
            cells = [f"{100 * value:.1f} %" for value in (one.integrated, 1.96 * one.error, one.plug_in)]
            lines.append(f"| {patients} | {baselines} | {one.clinics} | {' | '.join(cells)} | {TARGETS[patients]} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def harder_table(share=1.0):
    """Return coverage where the truth differs from the main design, 50 patients with one baseline."""
    truths = {
        "true change differs little (SD 2)": Truth(sd_change=2.0),
        "true change differs much (SD 10)": Truth(sd_change=10.0),
        "the worst change most (correlation −0.5)": Truth(correlation=-0.5),
        "the worst change least (correlation 0.5)": Truth(correlation=0.5),
        "half of the follow-ups missed": Truth(missed=0.5),
    }
    lines = ["| truth | integrated | ± | plug-in |", "|---|---|---|---|"]
    for name, truth in truths.items():
        one = interval_coverage(50, 1, max(int(200 * share), 4), truth)
        cells = [f"{100 * value:.1f} %" for value in (one.integrated, 1.96 * one.error, one.plug_in)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def false_better_table():
    """Return how often nothing is called better, as Markdown."""
    lines = ["| baseline | " + " | ".join(KINDS.values()) + " |", "|---|" + "---|" * len(KINDS)]
    for which, name in BASELINES.items():
        lines.append(f"| {name} | " + " | ".join(f"{100 * false_better(kind, which):.1f} %" for kind in KINDS) + " |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def replace(text, name, table):
    """Put a table between the marks that carry its name."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return before + start + table + "\n" + end + rest.split(end)[1]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=1.0, help="share of the clinics, for a quick look")
    options.add_argument("--write", action="store_true", help="replace the tables of docs/statistics.md")
    arguments, started = options.parse_args(), time.process_time()
    tables = {
        "coverage": coverage_table(arguments.share),
        "harder": harder_table(arguments.share),
        "false-better": false_better_table(),
    }
    print(f"{time.process_time() - started:.0f} s of one processor")
    if arguments.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        for name, table in tables.items():
            text = replace(text, name, table)
        DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
