"""Every screen by name: who opens it and how to get there. Pictures, axe and the policy checks walk this list."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.system.server import Server

THEMES = ("light", "dark", "quiet")
LANGUAGES = ("en", "tr")
WIDTHS = {1280: 900, 360: 740}


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen; `path` may hold {patient}, which is the first patient of the worklist's list.

    With a {report} it is the patient who sent the first report that waits.
    """

    name: str
    role: str | None
    path: str


SCREENS = (
    Screen("login", None, "/login"),
    Screen("forgotten", None, "/forgotten"),
    Screen("link", None, "/link"),
    Screen("worklist", "clinician", "/worklist"),
    Screen("patients", "clinician", "/patients"),
    Screen("patient-new", "clinician", "/patients/new"),
    Screen("patient", "clinician", "/patients/{patient}"),
    Screen("patient-edit", "clinician", "/patients/{patient}/edit"),
    Screen("visit", "clinician", "/patients/{patient}/visits/new"),
    Screen("treatment", "clinician", "/patients/{patient}/treatments/new"),
    Screen("event", "clinician", "/patients/{patient}/events/new"),
    Screen("cohort", "clinician", "/cohort"),
    Screen("donors", "clinician", "/donors"),
    Screen("library", "clinician", "/instruments"),
    Screen("instrument", "clinician", "/instruments/chalder11"),
    Screen("import", "administrator", "/import"),
    Screen("import-record", "clinician", "/import/record"),
    Screen("people", "administrator", "/admin/people"),
    Screen("protocol", "administrator", "/admin/protocol"),
    Screen("definitions", "administrator", "/admin/definitions"),
    Screen("audit", "administrator", "/admin/audit"),
    Screen("audit-reads", "administrator", "/admin/audit?view=reads"),
    Screen("verify", "administrator", "/admin/verify"),
    Screen("merge", "administrator", "/admin/merge"),
    Screen("backup", "administrator", "/admin/backup"),
    Screen("erase", "administrator", "/patients/{patient}/erase"),
    Screen("history", "clinician", "/patients/{patient}/history"),
    Screen("ending", "clinician", "/patients/{patient}/ending"),
    Screen("account", "clinician", "/account"),
    Screen("factors", "clinician", "/account/factors"),
    Screen("carer", "clinician", "/patients/{patient}/carer"),
    Screen("review", "clinician", "/patients/{patient}/reports/{report}"),
    Screen("me", "patient", "/me"),
    Screen("me-questions", "patient", "/me/questionnaires"),
    Screen("me-question", "patient", "/me/questionnaires/month_24?q=1"),
    Screen("me-words", "patient", "/me/questionnaires/month_24?q=2"),
    Screen("me-finish", "patient", "/me/questionnaires/month_24?q=end"),
    Screen("me-short", "patient", "/me/questionnaires/month_24/short"),
    Screen("me-diary", "patient", "/me/diary"),
    Screen("me-activities", "patient", "/me/activities"),
    Screen("me-events", "patient", "/me/events"),
    Screen("me-rights", "patient", "/me/consents"),
    Screen("me-summary", "patient", "/me/summary"),
    Screen("research", "researcher", "/research"),
    Screen("releases", "administrator", "/research"),
    Screen("release-new", "administrator", "/research/new"),
)


TELL_POLICY = """
addEventListener("securitypolicyviolation", event => {
  console.error("policy", event.violatedDirective, event.blockedURI);
});
"""


def sign_in(page: Page, server: Server, role: str, language: str = "en") -> None:
    """Sign in as a role of the demo, with the button on the sign-in page, and read in a language."""
    page.goto(f"{server.url}/login")
    page.locator(f"[data-demo-role='{role}']").click()
    page.wait_for_load_state()
    choice = page.locator(f"form.languages button[value='{language}']")
    if choice.count():
        choice.click()
        page.wait_for_load_state()


def some_patient(page: Page, server: Server) -> str:
    """Return the id of a patient with a history, found as a clinician would: in the worklist."""
    page.goto(f"{server.url}/worklist")
    link = page.locator("main table a[href^='/patients/']").first.get_attribute("href")
    return str(link).split("/")[2]


def some_report(page: Page, server: Server) -> dict[str, str]:
    """Return the ids of a report that waits for review, and of its patient."""
    page.goto(f"{server.url}/worklist")
    link = page.locator("section[aria-labelledby='reports'] a[href*='/reports/']").first.get_attribute("href")
    _, _, patient, _, report = str(link).split("/")
    return {"patient": patient, "report": report}


def address(screen: Screen, patient: str, report: dict[str, str]) -> str:
    """Return the path of a screen with ids in it."""
    return screen.path.format(**(report if "{report}" in screen.path else {"patient": patient}))


def steady(page: Page) -> None:
    """Wait until every chart in sight of a scrolling reader is drawn, unless still pictures are wanted."""
    page.wait_for_load_state("networkidle")
    drawing = page.locator("meta[name=later], script[src*='charts']").count()
    figures = [each for each in page.locator("[data-figure]").all() if drawing and each.is_visible()]
    for figure in figures:
        figure.scroll_into_view_if_needed()
        figure.locator("svg.main-svg").first.wait_for(timeout=20000, state="attached")
    if figures:
        page.evaluate("scrollTo(0, 0)")


@contextmanager
def opened(
    browser: Browser, width: int, theme: str = "light", language: str = "en"
) -> Iterator[tuple[Page, list[str]]]:
    """Yield a page in a fresh context and the list of what its console complained of."""
    locale = {"en": "en-GB", "tr": "tr-TR"}[language]
    context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, locale=locale)
    context.add_cookies([{"name": "theme", "value": theme, "domain": "localhost", "path": "/"}])
    page, said = context.new_page(), []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, said
    context.close()
