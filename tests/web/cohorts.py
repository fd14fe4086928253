"""A small cohort with one person of every kind, made by the real actions; every number of it can be counted by hand.

The scale is MFIS, 0 to 84, lower is better, published retest error 7.3: the band is ±20.2 with one score before FMT
and ±17.5 with two; an important change is 4 points.
"""

from datetime import date, timedelta

from outcomes.actions.assess import AssessmentForm
from outcomes.terms import Ending, EntryBasis, Material, Route, Severity, Sex
from tests.factories import TODAY, Made, Maker

SCALE = "mfis21.total"
DAY_ZERO = TODAY - timedelta(days=300)  # month 6 has closed, month 12 has not opened
SHOWN = {"scale": SCALE, "visit": "month_6"}
BETTER, WITHIN, SAME, WORSE, GONE, ILL, NEW, EARLY = (f"T-{n}" for n in range(1, 9))
OWN_STOOL = ("C-1", "C-2", "C-3", "C-4")

# before, at 3 months, at 6 months
SCORES = {
    BETTER: ((60, 62), 40, 30),  # −31
    WITHIN: ((60,), 50, 45),  # −15
    SAME: ((50,), None, 50),  # 0
    WORSE: ((40,), 45, 64),  # +24
    GONE: ((55,), 50, None),
    NEW: ((), None, 40),
    "C-1": ((60,), None, 55),
    "C-2": ((50,), None, 52),
    "C-3": ((45,), None, 40),
    "C-4": ((58,), None, 58),
}


def day(number: int) -> date:
    """A day counted from day 0."""
    return DAY_ZERO + timedelta(days=number)


def score(made: Made, number: int, total: float, **visit: object) -> None:
    """Log one score."""
    made.visit(day(number), AssessmentForm("mfis21", totals={"total": total}), **visit)


def write_cohort(make: Maker) -> dict[str, Made]:
    """Write eight treated people, four given their own stool, and one whom nobody has treated yet."""
    donor = make.donor("D-7")
    made = {code: _person(make, code, donor) for code in (BETTER, WITHIN, SAME, WORSE, GONE, NEW, *OWN_STOOL)}
    made[GONE].ended(Ending.WITHDRAWAL, day(120))
    made[ILL] = make.patient(ILL).course(day(0), donor_id=donor).arm("donor stool")
    score(made[ILL], -3, 70)
    made[ILL].visit(day(181), AssessmentForm("mfis21"), too_ill=True)
    made[EARLY] = make.patient(EARLY).course(TODAY - timedelta(days=30), donor_id=donor).arm("donor stool")
    make.patient("U-1")
    return made


def _person(make: Maker, code: str, donor: object) -> Made:
    own = code in OWN_STOOL
    before, third, sixth = SCORES[code]
    made = make.patient(
        code,
        name=f"Gizem {code}",
        sex=Sex.MALE if code == WORSE else Sex.FEMALE,
        onset_year=DAY_ZERO.year - (12 if code == WITHIN else 3),
        entry_basis=EntryBasis.QUALIFYING_SCORE if code == SAME else EntryBasis.REFERRAL,
    )
    route = Route.CAPSULE if code == BETTER else Route.COLONOSCOPY
    given = {"material": Material.AUTOLOGOUS} if own else {"donor_id": donor}
    made.course(day(0), route=route, **given)
    made.arm("own stool" if own else "donor stool", comparison=own)
    for number, total in zip((-4, -12), before, strict=False):
        score(made, number, total, severity=Severity.SEVERE if code == SAME else Severity.MODERATE)
    for number, total in ((92, third), (180, sixth)):
        if total is not None:
            score(made, number, total)
    return made
