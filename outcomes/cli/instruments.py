"""The scoring engine and the library of instruments as commands: score, instruments, scoring-manual."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from outcomes.instruments.catalogue import Catalogue, load_catalogue
from outcomes.instruments.definition import Instrument, Scale
from outcomes.instruments.errors import AnswerError, InstrumentFileError
from outcomes.instruments.manual import pages
from outcomes.instruments.notation import parse_answers, parse_totals
from outcomes.instruments.reasons import say_refusal
from outcomes.instruments.scoring import ScaleScore, score
from outcomes.settings import Settings
from outcomes.terms import Language
from outcomes.voice import Voice

Handler: TypeAlias = Callable[[argparse.Namespace, Catalogue], int]

DONE, REFUSED = 0, 2


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three commands; each sets `run` to its handler."""
    scoring = subparsers.add_parser("score", help="score one filled-in instrument")
    scoring.add_argument("code", metavar="CODE", help='the instrument, as listed by "instruments"')
    scoring.add_argument("--answers", default="", help="such as '1=3,2=0,4=2'; an item left out has no answer")
    scoring.add_argument("--totals", default="", help="scores worked out elsewhere, such as 't=61.3'")
    scoring.add_argument("--version", dest="key_version", help="a version of the key; the newest unless told")
    scoring.add_argument("--json", action="store_true", help="print JSON")
    scoring.set_defaults(run=_with_catalogue(_score))
    listing = subparsers.add_parser("instruments", help="list the instruments, their items, ranges and scales")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_with_catalogue(_list))
    manual = subparsers.add_parser("scoring-manual", help="write the scoring manual, a page an instrument")
    manual.add_argument("folder", type=Path, help="where the pages go")
    manual.set_defaults(run=_manual)


def _with_catalogue(handler: Handler) -> Callable[[argparse.Namespace, Settings], int]:
    """Give a handler the library with the clinic's own packs; a bad pack ends the command."""

    def run(arguments: argparse.Namespace, settings: Settings) -> int:
        try:
            catalogue = load_catalogue(settings.packs)
        except InstrumentFileError as error:
            return _refuse(str(error))
        return handler(arguments, catalogue)

    return run


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return REFUSED


def scored(instrument: Instrument, answers: str, totals: str = "") -> dict[str, Any]:
    """Score answers written as "1=3,2=0" and totals written as "t=61.3".

    Raises:
        AnswerError: for what cannot be read or is not permitted.
    """
    results = score(instrument, parse_answers(instrument, answers), parse_totals(instrument, totals))
    return {
        "instrument": instrument.code,
        "version": instrument.version,
        "scores": [_result(scale, each) for scale, each in zip(instrument.scales, results, strict=True)],
    }


def _result(scale: Scale, result: ScaleScore) -> dict[str, Any]:
    return {
        "scale": scale.code,
        "value": result.value,
        "standard_error": result.standard_error,
        "items_used": result.items_used,
        "items": result.items,
        "reason": result.reason,
    }


def listed(catalogue: Catalogue) -> dict[str, Any]:
    """Describe every instrument in every version: items with their ranges, and scales."""
    return {"instruments": [_described(each) for each in _every_version(catalogue)]}


def _every_version(catalogue: Catalogue) -> Iterator[Instrument]:
    for code in catalogue.codes():
        for version in catalogue.versions(code):
            if (instrument := catalogue.get(code, version)) is not None:
                yield instrument


def _described(instrument: Instrument) -> dict[str, Any]:
    return {
        "instrument": instrument.code,
        "version": instrument.version,
        "title": dict(instrument.title),
        "recall_days": instrument.recall_days,
        "policy": instrument.policy,
        "accepts_items": instrument.accepts_items,
        "accepts_totals": instrument.accepts_totals,
        "items": [
            {"item": item.code, "minimum": item.minimum, "maximum": item.maximum, "step": item.step}
            for item in instrument.items
        ],
        "scales": [_described_scale(scale) for scale in instrument.scales],
    }


def _described_scale(scale: Scale) -> dict[str, Any]:
    return {
        "scale": scale.code,
        "title": dict(scale.title),
        "domain": scale.domain,
        "items": list(scale.items),
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "step": scale.step,
        "better": scale.better,
        "unit": scale.unit,
        "items_needed": scale.rule.at_least,
        "loinc": scale.loinc,
        "headline": scale.headline,
    }


def _score(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    instrument = catalogue.get(arguments.code, arguments.key_version)
    if instrument is None:
        version = f" version {arguments.key_version}" if arguments.key_version else ""
        return _refuse(f'there is no instrument "{arguments.code}"{version}; "instruments" lists them')
    try:
        result = scored(instrument, arguments.answers, arguments.totals)
    except AnswerError as error:
        return _refuse(say_refusal(Voice(Language.ENGLISH), error))
    print(json.dumps(result, ensure_ascii=False) if arguments.json else "\n".join(_lines(result)))
    return DONE


def _lines(result: dict[str, Any]) -> Iterator[str]:
    for each in result["scores"]:
        error = "" if each["standard_error"] is None else f" ± {each['standard_error']:g}"
        value = each["reason"] if each["value"] is None else f"{each['value']:.10g}{error}"
        yield f"{each['scale']}: {value}"


def _list(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    if arguments.json:
        print(json.dumps(listed(catalogue), ensure_ascii=False))
        return DONE
    for each in _every_version(catalogue):
        scales = ", ".join(scale.code for scale in each.scales)
        print(f"{each.code} {each.version}: {each.title[Language.ENGLISH]} ({scales})")
    return DONE


def _manual(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - every handler takes settings
    """Write the manual of what ships; a clinic's own instruments are not part of it."""
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(load_catalogue()).items():
        (folder / name).write_text(text, encoding="utf-8")
    return DONE
