"""A release as CDISC Dataset-JSON 1.1: demographics, questionnaires, adverse events, exposure, and a define file.

Names follow the SDTM where it has a variable for what a release may tell. A release has no dates and no typed words,
so the required variables that would hold them are absent: this is SDTM-shaped, and no claim of conformance.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from outcomes.exchange.writers.contents import OUTSIDE, LongRow, Records, ReleaseContents, Table
from outcomes.exchange.writers.tables import blocks
from outcomes.exchange.writers.texts import named
from outcomes.terms import Language

VERSION = "1.1.0"
PROGRAM = "Outcomes"
NO_ANSWER = "NOT DONE"
UNPLANNED = 99
"""The number of the visit of scores in no window."""

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
Lines: TypeAlias = Iterator[Sequence[Any]]
Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a dataset: its name, label and type, and its place in the key."""

    name: str
    label: str
    kind: str = "string"
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset: its name, label, variables, and its rows when they are asked for."""

    name: str
    label: str
    variables: tuple[Variable, ...]
    rows: Callable[[], Lines]


_FIRST = (
    Variable("STUDYID", "Study Identifier", key=1),
    Variable("DOMAIN", "Domain Abbreviation"),
    Variable("USUBJID", "Unique Subject Identifier", key=2),
)
_DM = (
    *_FIRST,
    Variable("SUBJID", "Subject Identifier for the Study"),
    Variable("AGETXT", "Age Range"),
    Variable("SEX", "Sex"),
    Variable("COUNTRY", "Country"),
)
_QS = (
    *_FIRST,
    Variable("QSSEQ", "Sequence Number", "integer", 3),
    Variable("QSTESTCD", "Question Short Name"),
    Variable("QSTEST", "Question Name"),
    Variable("QSCAT", "Category of Question"),
    Variable("QSORRES", "Finding in Original Units"),
    Variable("QSSTRESC", "Character Result/Finding in Std Format"),
    Variable("QSSTRESN", "Numeric Finding in Standard Units", "double"),
    Variable("QSSTAT", "Completion Status"),
    Variable("QSREASND", "Reason Not Performed"),
    Variable("QSMETHOD", "Version of the Scoring Key"),
    Variable("QSEVAL", "Evaluator"),
    Variable("VISITNUM", "Visit Number", "integer"),
    Variable("VISIT", "Visit Name"),
    Variable("VISITDY", "Planned Study Day of Visit", "integer"),
)
_SEX = {"female": "F", "male": "M", "unknown": "U"}
_AE = {"grade": "AETOXGR", "seriousness": "AESER", "relation": "AEREL", "outcome": "AEOUT"}
_EX = {"route": "EXROUTE", "material": "EXTRT", "state": "EXDOSFRM"}


def datasets(contents: ReleaseContents) -> tuple[Dataset, ...]:
    """Give the datasets of a release; none without records."""
    records = contents.records
    if records is None:
        return ()
    study = contents.release
    return (
        Dataset("DM", "Demographics", _DM, lambda: _demographics(study, records.patients)),
        Dataset("QS", "Questionnaires", _QS, lambda: _questionnaires(study, records)),
        _from_table("AE", "Adverse Events", study, records.events, _AE),
        _from_table("EX", "Exposure", study, records.treatments, _EX),
    )


def _demographics(study: str, patients: Table) -> Lines:
    for row in _rows(patients):
        sex = str(row.get("sex", "unknown"))
        age, country = row.get("age", ""), row.get("country", "")
        yield study, "DM", f"{study}-{row['patient']}", row["patient"], str(age), _SEX.get(sex, sex), str(country)


def _rows(table: Table) -> Iterator[Row]:
    for block in blocks(table):
        for cells in zip(*block, strict=True):
            yield dict(zip(table.names, cells, strict=True))


def _questionnaires(study: str, records: Records) -> Lines:
    taken: set[str] = set()
    tests = {s.key: (named(s.key, taken, 8).upper(), s.title[Language.ENGLISH][:40], s.key) for s in records.scales}
    visits = {visit.code: number for number, visit in enumerate(records.visits, 1)} | {OUTSIDE: UNPLANNED}
    patient, number = None, 0
    for batch in records.long:
        for each in batch:
            row = LongRow(*each)
            number = number + 1 if row.patient == patient else 1
            patient = row.patient
            yield _question(study, row, number, tests[row.scale], visits[row.visit])


def _question(study: str, row: LongRow, number: int, test: tuple[str, str, str], visit: int) -> Sequence[Any]:
    text = "" if row.value is None else repr(row.value)
    missing = ("", "") if row.absence is None else (NO_ANSWER, row.absence)
    first = (study, "QS", f"{study}-{row.patient}", number, *test, text, text, row.value, *missing)
    return (*first, row.key_version, row.answered_by, visit, row.visit, row.day)


def _from_table(domain: str, label: str, study: str, table: Table, names: Mapping[str, str]) -> Dataset:
    """Make a dataset of a table: SDTM's name where there is one, one of our own where there is none."""
    taken: set[str] = set(map(str.lower, names.values()))
    told = [column for column in table.columns if column.name != "patient"]
    own = [
        Variable(
            names.get(column.name) or domain + named(column.name, taken, 6).upper(),
            column.title[Language.ENGLISH][:40],
            {"integer": "integer", "number": "double"}.get(column.kind, "string"),
        )
        for column in told
    ]
    sequence = Variable(f"{domain}SEQ", "Sequence Number", "integer", 3)

    def rows() -> Lines:
        number: dict[str, int] = {}
        for row in _rows(table):
            number[row["patient"]] = number.get(row["patient"], 0) + 1
            first = (study, domain, f"{study}-{row['patient']}", number[row["patient"]])
            yield (*first, *(row[column.name] for column in told))

    return Dataset(domain, label, (*_FIRST, sequence, *own), rows)


def head(contents: ReleaseContents, dataset: Dataset, records: int) -> str:
    """Write a dataset's description, up to its rows."""
    told = {
        "datasetJSONCreationDateTime": instant(contents.as_of),
        "datasetJSONVersion": VERSION,
        "fileOID": f"{contents.release}.{dataset.name}",
        "originator": PROGRAM,
        "sourceSystem": {"name": PROGRAM, "version": "1"},
        "studyOID": contents.release,
        "metaDataVersionOID": f"{contents.release}.MDV",
        "metaDataRef": "define.xml",
        "itemGroupOID": f"IG.{dataset.name}",
        "records": records,
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset.name, variable) for variable in dataset.variables],
    }
    return encode(told)[:-1] + ',"rows":['


def _column(domain: str, variable: Variable) -> dict[str, Any]:
    told: dict[str, Any] = {
        "itemOID": f"IT.{domain}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": variable.kind,
    }
    return told | {"keySequence": variable.key} if variable.key else told


def instant(moment: datetime) -> str:
    """Write an instant in UTC, as ISO 8601."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def define(contents: ReleaseContents, found: Sequence[Dataset]) -> str:
    """Write the define file: Define-XML 2.1 metadata of the datasets."""
    study = quoteattr(contents.release)
    when = quoteattr(instant(contents.as_of))
    groups = "".join(_group(dataset) for dataset in found)
    items = "".join(_item(dataset, variable) for dataset in found for variable in dataset.variables)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"'
        f' ODMVersion="1.3.2" FileType="Snapshot" FileOID={study} CreationDateTime={when} def:Context="Other">\n'
        f"<Study OID={study}><GlobalVariables><StudyName>{escape(contents.title)}</StudyName>"
        f"<StudyDescription>{escape(contents.title)}</StudyDescription>"
        f"<ProtocolName>{escape(contents.release)}</ProtocolName></GlobalVariables>\n"
        f'<MetaDataVersion OID={quoteattr(contents.release + ".MDV")} Name={study} def:DefineVersion="2.1.0">\n'
        f"{groups}{items}</MetaDataVersion></Study></ODM>\n"
    )


def _group(dataset: Dataset) -> str:
    """Describe one dataset."""
    references = "".join(_reference(dataset, variable) for variable in dataset.variables)
    return (
        f'<ItemGroupDef OID="IG.{dataset.name}" Name="{dataset.name}" Domain="{dataset.name}" Repeating="Yes"'
        f' IsReferenceData="No" Purpose="Tabulation" SASDatasetName="{dataset.name}">'
        f'<Description><TranslatedText xml:lang="en">{escape(dataset.label)}</TranslatedText></Description>'
        f"{references}</ItemGroupDef>\n"
    )


def _reference(dataset: Dataset, variable: Variable) -> str:
    key = f' KeySequence="{variable.key}"' if variable.key else ""
    must = "Yes" if variable.key else "No"
    return f'<ItemRef ItemOID="IT.{dataset.name}.{variable.name}" Mandatory="{must}"{key}/>'


def _item(dataset: Dataset, variable: Variable) -> str:
    kind = {"integer": "integer", "double": "float"}.get(variable.kind, "text")
    length = 200 if kind == "text" else 8
    return (
        f'<ItemDef OID="IT.{dataset.name}.{variable.name}" Name="{variable.name}" DataType="{kind}"'
        f' Length="{length}" SASFieldName="{variable.name}"><Description><TranslatedText xml:lang="en">'
        f"{escape(variable.label)}</TranslatedText></Description></ItemDef>\n"
    )
