"""Invented clinics whose truth is known, the same on every machine."""

import csv
import random
from pathlib import Path
from typing import NamedTuple


class Score(NamedTuple):
    patient: str
    visit: int
    score: float
    donor: str
    age: int


def clinic(
    seed: int,
    patients: int = 20,
    baselines: int = 1,
    follow_ups: int = 4,
    lost: float = 0.15,
    sd_level: float = 6.0,
    sd_change: float = 5.0,
    noise: float = 5.0,
    donors: int = 0,
    sd_donor: float = 0.0,
) -> list[Score]:
    """Patients fall by 4 points on average after the baselines, each by an own amount; some visits are missed."""
    dice = random.Random(seed)
    of_donor = [dice.gauss(0, sd_donor) for _ in range(donors)]
    rows = []
    for place in range(patients):
        donor = place % donors if donors else 0
        level, change = dice.gauss(50, sd_level), dice.gauss(-4, sd_change) + (of_donor[donor] if donors else 0.0)
        age = dice.randrange(20, 70)
        for visit in range(baselines + follow_ups):
            error, luck = dice.gauss(0, noise), dice.random()
            if visit < baselines or luck >= lost:
                score = level + change * (visit >= baselines) + 0.1 * (age - 45) + error
                rows.append(Score(f"p{place}", visit, round(score, 1), f"d{donor}", age))
    return rows


class Case(NamedTuple):
    """One data set and the lme4 formula that fits it."""

    name: str
    formula: str
    baselines: int
    rows: list[Score]

    @property
    def kind(self) -> str:
        return self.name.split()[0]


POST = "score ~ post + (1 + post | patient)"
EXTRAS = {
    "slope": "score ~ visit + (1 + visit | patient)",
    "visits": "score ~ 0 + factor(visit) + (1 + post | patient)",
    "covariate": "score ~ post + age + (1 + post | patient)",
    "level": "score ~ post + (1 | patient)",
}
DONOR = "score ~ post + (1 + post | patient) + (0 + post | donor)"


def cases() -> list[Case]:
    """Return everything that lme4 was asked about."""
    found = [Case(f"clinic {seed}", POST, 1, clinic(seed, sd_change=2.0 * (seed % 4))) for seed in range(200)]
    for seed in range(6):
        baselines = 1 + seed % 3
        rows = clinic(1000 + seed, patients=15 + 12 * seed, baselines=baselines, follow_ups=3 + seed % 2)
        found += [Case(f"{kind} {seed}", formula, baselines, rows) for kind, formula in EXTRAS.items()]
        several = clinic(2000 + seed, patients=42, donors=6, sd_donor=(0.0, 3.0, 6.0)[seed % 3], follow_ups=5)
        found.append(Case(f"donor {seed}", DONOR, 1, several))
    return found


def write_table(path: Path) -> None:
    """Write all cases as the table that `lme4_answers.R` reads."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "formula", "baselines", *Score._fields])
        for case in cases():
            writer.writerows([case.name, case.formula, case.baselines, *row] for row in case.rows)
