"""Reasons and risks in words that a clinician understands."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from outcomes.privacy.tiers import Because, Reason, Tier
from outcomes.voice import N_, Voice

if TYPE_CHECKING:
    from outcomes.privacy.risk import Risk

TIERS = {
    Tier.PUBLIC: N_("Public: anonymised counts"),
    Tier.AGREEMENT: N_("Under agreement: pseudonymised records"),
    Tier.SAFE_ROOM: N_("Safe room: the researcher's script runs here"),
}
MEANING = {
    Tier.PUBLIC: N_("Only counts and distributions leave. They are no longer personal data."),
    Tier.AGREEMENT: N_(
        "Records without names leave. Under the GDPR and the KVKK they are still personal data, "
        "so whoever receives them needs a legal basis and must not try to find anybody."
    ),
    Tier.SAFE_ROOM: N_("No record leaves. Only results that may be public leave; the records stay personal data here."),
}
SCORES_KNOWN = 3
REASONS = {
    Reason.TOO_FEW_TO_COUNT: N_(
        "%(patients)s patients consent to this use; no number about fewer than %(needed)s may be shown."
    ),
    Reason.TOO_FEW_FOR_RECORDS: N_(
        "%(patients)s patients consent to this use. Below %(needed)s, records give people away or say almost nothing. "
        "Counts can be released, or the clinic can write down on what basis it opens the records."
    ),
    Reason.ON_A_BASIS: N_(
        "With %(patients)s patients this is below the usual %(needed)s; it is opened on the clinic's written basis."
    ),
    Reason.NO_GROUP: N_("No group of %(needed)s alike could be made from these patients."),
    Reason.RISK_TOO_HIGH: N_(
        "The finished table was measured and does not hold: the smallest group has %(smallest)s patients and needs "
        "%(needed)s, or its members share a sensitive value."
    ),
    Reason.ISOLATED: N_(
        "Laid beside an earlier release, this one would set %(patients)s patients apart; "
        "at least %(needed)s are needed."
    ),
    Reason.DROPPED: N_("Patients left out because they resemble too few others: %(patients)s."),
    Reason.WAITING: N_(
        "Patients who wait for a later release, because they would stand out beside an earlier one: %(patients)s."
    ),
    Reason.MERGED: N_("Rare codes merged into “other”: %(codes)s."),
}


def reason(voice: Voice, because: Because) -> str:
    """Say a reason.

    Parameters:
        voice: the language.
        because: the reason with its numbers.

    Returns:
        One or two sentences.

    Raises:
        Nothing.

    References:
        None.

    Example:
        >>> from outcomes.terms import Language
        >>> reason(Voice(Language.ENGLISH), Because(Reason.DROPPED, {"patients": 2}))
        'Patients left out because they resemble too few others: 2.'
    """
    return voice.say(REASONS[because.reason], **{name: voice.number(n) for name, n in because.numbers.items()})


def risk_sentences(voice: Voice, risk: "Risk") -> Iterator[str]:
    """Say what was measured, from singling out to what was lost for it.

    Parameters:
        voice: the language.
        risk: the measured risk.

    Returns:
        Sentences in the order of a report.

    Raises:
        Nothing.

    References:
        WP216, Opinion 05/2014 on anonymisation techniques (singling out, linkability, inference).

    Example:
        >>> from outcomes.privacy.risk import measured
        >>> from outcomes.terms import Language
        >>> risk = measured([["f"], ["f"]], {}, [[1], [2]], most_known=0)
        >>> next(risk_sentences(Voice(Language.ENGLISH), risk))
        'Every patient looks like at least 1 other in what somebody may know of them.'
    """
    if risk.smallest is None:
        yield voice.say("Nobody is in this release.")
        return
    yield voice.count(
        "Every patient looks like at least %(n)s other in what somebody may know of them.",
        "Every patient looks like at least %(n)s others in what somebody may know of them.",
        risk.smallest - 1,
    )
    yield voice.say(
        "Somebody who knows all of that guesses a patient's record rightly in at most %(chance)s of cases, "
        "and in %(average)s on average.",
        chance=voice.percent(risk.prosecutor),
        average=voice.percent(risk.marketer),
    )
    for attack in risk.attacks[1:]:
        yield voice.say(
            "Who also knows %(scores)s of the patient's scores finds the record in %(rate)s of simulated attempts.",
            scores=voice.number(attack.known_scores),
            rate=voice.percent(attack.hit_rate),
        )
    for name, different in risk.diversity.items():
        yield voice.say(
            "In every group there are at least %(different)s different values of %(column)s.",
            different=voice.number(different or 0),
            column=name,
        )
    yield from _three_tests(voice, risk)
    yield voice.say("For this, %(loss)s of the detail in these columns was given up.", loss=voice.percent(risk.loss))


def _three_tests(voice: Voice, risk: "Risk") -> Iterator[str]:
    """Answer the three questions of the working party's opinion by what was measured."""
    known = risk.attacks[min(SCORES_KNOWN, len(risk.attacks) - 1)]
    yield voice.say(
        "Singling out: who knows all of that and %(scores)s scores is left with one patient alone in %(rate)s of "
        "simulated attempts.",
        scores=voice.number(known.known_scores),
        rate=voice.percent(known.singled_out),
    )
    yield voice.say(
        "Linkability: identifiers and the order of rows are drawn for this release alone. What links it to other data "
        "is what somebody knows already, above all exact scores."
    )
    if risk.closeness:
        yield voice.say(
            "Inference: in the group least like all, %(share)s of the values of a sensitive column would have to "
            "change to match everybody's.",
            share=voice.percent(max(risk.closeness.values())),
        )
