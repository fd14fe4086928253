"""Malformed files through the whole import: refused or shown with their problems, no crash, nothing written."""

import io
import logging
from collections import Counter

import pytest
from sqlalchemy import func, select

from outcomes.records.session import new_session
from outcomes.records.tables import ImportRun, Patient, Score, Visit
from tests.hostile.attack import Request, encoded, faults, send
from tests.hostile.files import broken
from tests.hostile.forms import FormReader
from tests.hostile.site import Site
from tests.hostile.test_requests import MOST_GROWTH, memory


class Post:
    """Sends broken files and follows each as far as it comes."""

    def __init__(self, site: Site, log: pytest.LogCaptureFixture) -> None:
        self.site, self.log = site, log
        self.browser = site.afresh()["clinician"]
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        self.empty = self.written()

    def run(self, seeds: range) -> None:
        for seed in seeds:
            came = self._follow(*broken(seed), seed)
            self.outcomes[came] += 1
            if self.written() != self.empty:
                self.faults.append(f"seed {seed}: {came}, and yet something was written")
                self.browser = self.site.afresh()["clinician"]

    def written(self) -> list[int]:
        with new_session(self.site.engine, read_only=True) as session:
            tables = (Patient, Visit, Score, ImportRun)
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    def _follow(self, name: str, content: bytes, seed: int) -> str:
        sent = {"file": (io.BytesIO(content), name)}
        answer = self.browser.post("/import", data=sent, content_type="multipart/form-data")
        if self._checked(answer, seed, "sent").status_code == 422:
            return "refused"
        page = self._look("/import/columns", seed)
        form = next(form for form in FormReader("/import/columns", page.text).forms if "meaning" in form.fields)
        pairs = _as_shown(page.text, form.path)
        request = Request("clinician", "POST", "/import/columns", encoded(pairs), "application/x-www-form-urlencoded")
        if self._checked(send(self.browser, request), seed, "columns").status_code != 302:
            return "not understood"
        check = self._look("/import/check", seed)
        ready = check.status_code == 200 and 'action="/import/run"' in check.text
        run = self._checked(self.browser.post("/import/run"), seed, "run")
        if not ready:
            return "with problems" if run.status_code == 422 else "other"
        return self._imported(run, seed)

    def _imported(self, run, seed: int) -> str:
        """What was imported after all is whole, and is taken out again."""
        after = self.written()
        if run.status_code != 302 or not all(now > then for now, then in zip(after, self.empty, strict=True)):
            self.faults.append(f"seed {seed}: the dry run was sound, the import was not: {run.status_code}, {after}")
        self.browser = self.site.afresh()["clinician"]
        return "imported"

    def _look(self, path: str, seed: int):
        return self._checked(self.browser.get(path), seed, path)

    def _checked(self, answer, seed: int, step: str):
        found = faults(Request("clinician", "POST", step), answer)
        where = self.log.records[-1].getMessage() if self.log.records else ""
        self.faults += [f"seed {seed}, {step}: {fault}\n  {where}" for fault in found if "is not a page" not in fault]
        self.log.clear()
        return answer


def _as_shown(text: str, path: str) -> list[tuple[str, str]]:
    """Every field as the page shows it; the meanings are those that were guessed."""
    pairs = []
    for form in FormReader(path, text).forms:
        if "meaning" in form.fields:
            for name, entry in form.fields.items():
                values = entry.values or [""]
                pairs += [(name, value) for value in (values if name in {"meaning", "visit"} else values[:1])]
    return pairs


@pytest.fixture
def post(site, caplog):
    caplog.set_level(logging.ERROR)
    return Post(site, caplog)


def holds(post: Post, many: int) -> None:
    assert not post.faults, f"{len(post.faults)} faults, such as\n" + "\n".join(post.faults[:20])
    assert sum(post.outcomes.values()) == many
    assert post.outcomes["refused"] > many / 5, post.outcomes
    for reached in ("with problems", "imported"):  # the dry run's refusal, and the import itself
        assert post.outcomes[reached] > many / 40, post.outcomes
    assert set(post.outcomes) <= {"refused", "not understood", "with problems", "imported"}, post.outcomes


def test_broken_files_break_nothing(post):
    post.run(range(60))
    holds(post, 60)


@pytest.mark.full
def test_two_thousand_broken_files_break_nothing(post):
    post.run(range(10_000, 10_200))
    before = memory()
    post.run(range(2000))
    print(f"{dict(post.outcomes)}, +{(memory() - before) >> 20} MB")  # noqa: T201 - the figure
    holds(post, 2200)
    assert memory() - before < MOST_GROWTH
