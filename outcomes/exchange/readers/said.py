"""What an import found and did, in words: for the command line and for the page alike."""

from collections.abc import Iterator

from outcomes.exchange.readers.planned import ImportCounts
from outcomes.exchange.readers.problems import ImportProblem, place, sentence
from outcomes.voice import N_, Voice


def problem_said(voice: Voice, problem: ImportProblem) -> str:
    """Say a problem in one line: where it lies, and what is wrong."""
    where = place(voice, problem)
    return f"{where}: {sentence(voice, problem)}" if where else sentence(voice, problem)


def counts_said(voice: Voice, counts: ImportCounts) -> tuple[str, ...]:
    """Say what an import writes, a line for each thing that occurs."""
    return tuple(_written(voice, counts)) or (voice.say(N_("Nothing new: everything is recorded already.")),)


def rest_said(voice: Voice, counts: ImportCounts) -> tuple[str, ...]:
    """Say what was read and not written, and why."""
    return tuple(_not_written(voice, counts))


def _written(voice: Voice, counts: ImportCounts) -> Iterator[str]:
    if counts.patients_new:
        yield voice.count("%(n)s new patient", "%(n)s new patients", counts.patients_new)
    if counts.courses:
        yield voice.count("%(n)s course of FMT", "%(n)s courses of FMT", counts.courses)
    if counts.arms:
        yield voice.count("%(n)s patient in an arm", "%(n)s patients in an arm", counts.arms)
    if counts.visits:
        yield voice.count("%(n)s new visit", "%(n)s new visits", counts.visits)
    if counts.assessments:
        yield voice.count("%(n)s questionnaire or test", "%(n)s questionnaires or tests", counts.assessments)
    if counts.scores:
        yield voice.count("%(n)s score", "%(n)s scores", counts.scores)


def _not_written(voice: Voice, counts: ImportCounts) -> Iterator[str]:
    yield voice.count("%(n)s row read", "%(n)s rows read", counts.rows)
    if counts.left_out:
        yield voice.count("%(n)s row left out by the filter", "%(n)s rows left out by the filter", counts.left_out)
    if counts.without_scores:
        yield voice.count("%(n)s row without any score", "%(n)s rows without any score", counts.without_scores)
    if counts.patients_known:
        yield voice.count("%(n)s patient known already", "%(n)s patients known already", counts.patients_known)
    if counts.already_there:
        yield voice.count(
            "%(n)s questionnaire or test recorded already",
            "%(n)s questionnaires or tests recorded already",
            counts.already_there,
        )
    if counts.no_score:
        yield voice.count(
            "%(n)s score that the answers do not suffice for",
            "%(n)s scores that the answers do not suffice for",
            counts.no_score,
        )
