"""Pages: saving a visit, the lists, one patient, the cohort. Each against an empty page of the same application."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle
from random import Random
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from benchmarks.bench import Bench
from benchmarks.measuring import Job, Row, compared, interleaved, ratio, within, written
from benchmarks.people import INSTRUMENTS, answers
from benchmarks.site import EMPTY, Site
from outcomes.records.session import new_session
from outcomes.records.tables import Patient
from outcomes.web.clinic.answers import answer_name

TRUENTH = 1.06
"""Seconds of processor time in which truenth-portal takes one form of 26 items, measured earlier."""
FIGURE = "/cohort/figures/spaghetti.json?scale=fss9.mean&visit=month_12"


def patient_ids(site: Site, most: int = 50) -> list[UUID]:
    """Return some patients, spread over the clinic."""
    with new_session(site.made.engine, read_only=True) as session:
        found = list(session.scalars(select(Patient.id).order_by(Patient.code)))
    return found[:: max(1, len(found) // most)]


def page(site: Site, path: str, *, cold: bool = False) -> Job:
    """Ask for a page; when cold, after everything worked out from the data has been forgotten."""
    return Job(lambda _given: site.get(path), site.forget if cold else lambda: None)


def patient_page(site: Site, *, cold: bool = False) -> Job:
    """Ask for the pages of different patients."""
    ids = cycle(patient_ids(site))

    def ready() -> dict[str, Any]:
        if cold:
            site.forget()
        return site.request("GET", f"/patients/{next(ids)}")

    return Job(partial(_send, site, "200"), ready)


def saving(site: Site) -> Job:
    """Save visits of different patients, every answer of three instruments given."""
    ids, dice = cycle(patient_ids(site)), Random(1)
    instruments = [site.records.catalogue[code] for code in INSTRUMENTS]

    def ready() -> dict[str, Any]:
        fields = {"on_date": site.made.today.isoformat(), "answered_by": "self", "reached": "clinic", "gaps": "1"}
        fields |= {"language": "en", "shown": ",".join(INSTRUMENTS), "idempotency_key": str(uuid4())}
        for each in instruments:
            for code, answer in answers(each, 0.7, dice).items():
                item = next(item for item in each.items if item.code == code)
                fields[answer_name(each, item)] = "" if answer is None else f"{answer:g}"
        return site.request("POST", f"/patients/{next(ids)}/visits/new", fields)

    return Job(partial(_send, site, "302"), ready)


def _send(site: Site, status: str, request: dict[str, Any]) -> bytes:
    return site.send(request, status)


def save_visit(bench: Bench) -> Iterator[Row]:
    """Save one visit: the whole request, form token, scoring, audit and commit."""
    site = bench.site(bench.largest)
    found = interleaved({"ours": saving(site), "floor": page(site, EMPTY)}, bench.rounds)
    items = sum(len(bench.catalogue[code].items) for code in INSTRUMENTS)
    task = f"save one visit: 3 instruments, {items} items, clinic of {bench.largest:,}"
    yield compared(task, "empty signed-in page", found, 15)
    times = TRUENTH / median(found["ours"])
    floor = f"truenth-portal, 26 items, earlier: {written(TRUENTH)}"
    yield Row(
        "the same against another program", written(median(found["ours"])), floor, times, "≥ 50× less", times >= 50
    )


def patient_list(bench: Bench) -> Iterator[Row]:
    """Show the first fifty patients."""
    site = bench.site(bench.largest)
    found = interleaved({"ours": page(site, "/patients"), "floor": page(site, EMPTY)}, bench.rounds)
    why = "half of it is building six statements, the rest decrypting, planning and writing fifty rows"
    yield compared(f"patient list, 50 rows of {bench.largest:,}", "empty signed-in page", found, 8, why)


def worklist(bench: Bench) -> Iterator[Row]:
    """Show what waits today, in a large clinic and in one a tenth of its size."""
    large, small = bench.site(bench.largest), bench.site(bench.middle)
    jobs = {
        "ours": page(large, "/worklist"),
        "floor": page(small, "/worklist"),
        "ours cold": page(large, "/worklist", cold=True),
        "floor cold": page(small, "/worklist", cold=True),
    }
    found = interleaved(jobs, bench.rounds)
    floor = f"the same of {bench.middle:,}"
    why = "it has more to show: longer groups, and ten times as many unseen visits to judge"
    yield compared(f"worklist of {bench.largest:,}", floor, found, 1.5, why)
    cold = {"ours": found["ours cold"], "floor": found["floor cold"]}
    why = "who waits and the clinic's own errors are worked out anew from everybody"
    yield compared(f"worklist of {bench.largest:,}, first after a change", floor, cold, 1.5, why)


def one_patient(bench: Bench) -> Iterator[Row]:
    """Show one patient with every chart."""
    site = bench.site(bench.largest)
    jobs = {"warm": patient_page(site), "cold": patient_page(site, cold=True)}
    found = interleaved(jobs, bench.rounds)
    task = f"patient page with all charts, clinic of {bench.largest:,}"
    yield within(task, found["warm"], 0.025, "eight charts, each as data, still picture and table")
    why = "the clinic's own errors are worked out anew from all baselines"
    yield within(f"{task}, first after a change", found["cold"], 0.025, why)


def cohort(bench: Bench) -> Iterator[Row]:
    """Give a figure's data, and show the whole page."""
    site = bench.site(bench.largest)
    jobs = {
        "warm": page(site, FIGURE),
        "cold": page(site, FIGURE, cold=True),
        "page": page(site, "/cohort"),
        "page cold": page(site, "/cohort", cold=True),
    }
    found = interleaved(jobs, bench.rounds)
    yield within(f"cohort figure data, {bench.largest:,} patients, warm", found["warm"], 0.005)
    why = "every score of the scale is read by its index, from rows that lie apart, and everybody is read anew"
    yield within(f"cohort figure data, {bench.largest:,} patients, first after a change", found["cold"], 0.06, why)
    yield Row(f"cohort page, {bench.largest:,} patients, warm", written(median(found["page"])))
    times = ratio(found, "page cold", "page")
    floor = "the same, warm"
    yield Row("cohort page, first after a change", written(median(found["page cold"])), floor, times)
