"""Every page reads the same on SQLite and on PostgreSQL, where each member reaches no further than their own."""

import re

import pytest

from outcomes.access.rules import admits
from tests.databases import empty, fill, open_test_engine, rows_in
from tests.web.conftest import over, sign_in
from tests.web.matrix import ROUTES
from tests.web.pages import without_tokens
from tests.web.test_matrix import ROLES, VARIANTS, address, ids_of, rules_of, template

__all__ = ["template"]

pytestmark = [pytest.mark.usefixtures("noon"), pytest.mark.postgres]
# How the database is; a token and nothing else; looks at a record of one instant, which stand in no order.
ELSEWHERE = {"accounts.health", "accounts.token", "clinic.history"}
# The key of a form, new for every page; what a signature binds, hashed as each database stores it.
OWN = re.compile(r'(name="(?:idempotency_key|content)"(?: type="hidden")? value=")[^"]*')
FEWEST_PAGES = {None: 5, "patient": 8, "clinician": 20, "clinician_elsewhere": 20, "researcher": 4, "administrator": 25}


@pytest.fixture(scope="module")
def both(template, postgres_engine):
    """The same world on both databases."""
    engine = open_test_engine(f"sqlite:///{template[0]}")
    fill(postgres_engine, rows_in(engine))
    yield {"sqlite": engine, "postgresql": postgres_engine}
    engine.dispose()
    empty(postgres_engine)


def pages(app, world, name, variants):
    """The addresses that one of the cast may ask for, and the others when more than the own are asked for."""
    for endpoint, access in sorted(ROUTES.items()):
        for rule, method in rules_of(app, endpoint):
            if method != "GET" or endpoint in ELSEWHERE or (len(variants) == 1 and not admits(access, ROLES[name])):
                continue
            for variant in variants if ids_of(rule) else variants[:1]:
                yield address(app, rule, {part: world.of(variant, part) for part in ids_of(rule)})


def told(app, engine, cast, name, paths):
    """What each of these addresses answers."""
    over(app, engine)
    browser = sign_in(app, engine, cast.users[name]) if name else app.test_client()
    answers = {}
    for path in paths:
        answer = browser.get(path)
        files = answer.mimetype not in {"text/html", "text/plain", "text/csv", "application/json"}
        said = answer.mimetype if files else OWN.sub(r"\1", without_tokens(answer.text))  # files name their instant
        answers[path] = answer.status_code, answer.location, said
    return answers


def differing(web_app, both, template, name, variants):
    """The pages of one of the cast, and which of them differ between the two."""
    _, cast, world = template
    paths = list(dict.fromkeys(pages(web_app, world, name, variants)))
    first, second = (told(web_app, engine, cast, name, paths) for engine in both.values())
    return paths, [difference(path, first[path], second[path]) for path in paths if first[path] != second[path]]


def difference(path, *answers):
    """Where two answers part, with what stands around it."""
    texts = [answer[-1] for answer in answers]
    at = next((at for at, pair in enumerate(zip(*texts, strict=False)) if len(set(pair)) > 1), min(map(len, texts)))
    return path, *(answer[:-1] for answer in answers), *(text[max(at - 60, 0) : at + 60] for text in texts)


@pytest.mark.parametrize("name", ROLES)
def test_a_page_reads_the_same_on_both(web_app, both, template, name):
    variants = ("foreign",) if name == "clinician_elsewhere" else ("own",)
    paths, different = differing(web_app, both, template, name, variants)
    assert len(paths) >= FEWEST_PAGES[name]
    assert different == [], "\n".join(map(str, different))


@pytest.mark.full
@pytest.mark.parametrize("name", ROLES)
def test_every_page_reads_the_same_on_both_whoever_asks_for_whatever(web_app, both, template, name):
    assert differing(web_app, both, template, name, VARIANTS[:3])[1] == []
