"""What clinicians work with: worklist, patients, visits, treatments, events, donors, the cohort, the library."""

from flask import Blueprint

blueprint = Blueprint("clinic", __name__)

from outcomes.web.clinic import (  # noqa: E402, F401 - they hang their routes on it
    backups,
    cohort,
    definitions,
    donors,
    erasing,
    events,
    exports,
    histories,
    imports,
    library,
    merging,
    patients,
    people,
    protocols,
    recorded,
    reviews,
    signing,
    taking_in,
    trail,
    treatments,
    visits,
    worklist,
)
