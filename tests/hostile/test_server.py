"""Small promises of every page and of the server itself, each looked for where it could be broken."""

import json
import re
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import pytest

from outcomes.cli.setup import _server
from tests.hostile.forms import FormReader
from tests.house.source import ROOT
from tests.system.server import free_port
from tests.web.conftest import settings_for

STORAGE = re.compile(r"\b(localStorage|sessionStorage|indexedDB|caches\.|document\.cookie)")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The server as `serve` starts it, over an application that answers nothing but "ok" or fails."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    command = _server(settings_for(folder, port=port))
    with (folder / "log").open("wb") as log:
        arguments = [sys.executable, "-m", *command[:-1], "tests.hostile.failing:app"]
        server = subprocess.Popen(arguments, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603 - our own server
    _wait_for(port)
    yield port
    server.terminate()
    server.wait(timeout=20)


def _wait_for(port: int) -> None:
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def spoken(request: str, port: int) -> bytes:
    """Say some lines to a server and return its first answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request.encode())
        return line.recv(65536)


@pytest.mark.parametrize(
    "ends",
    [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Content-Length : 3\r\n\r\nabc",
        "Content-Length: +3\r\n\r\nabc",
        " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_request_with_two_ends_is_refused(running, ends):
    status = int(spoken(f"POST /late HTTP/1.1\r\nHost: localhost\r\n{ends}", running).split()[1])
    assert status in {400, 501}


def test_the_server_does_not_name_its_version(running):
    answer = spoken("GET /fine HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", running)
    assert b"Server: gunicorn\r\n" in answer
    assert not re.search(rb"Python|Werkzeug|gunicorn/", answer)


def test_signing_out_clears_what_the_browser_keeps(site):
    answer = site.afresh()["patient"].post("/logout")
    assert answer.status_code == 302
    assert '"storage"' in answer.headers["Clear-Site-Data"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_script_keeps_records_in_the_browser():
    scripts = sorted((ROOT / "static" / "js").glob("*.js"))
    assert len(scripts) >= 4
    found = [f"{path.name}: {line.strip()}" for path in scripts for line in path.read_text().splitlines()]
    assert [each for each in found if STORAGE.search(each.partition("//")[0])] == []


def test_every_page_of_a_member_offers_to_sign_out(site):
    browsers, seen = site.afresh(), 0
    for role in ("administrator", "patient", "researcher"):
        for paths in site.pages[role].values():
            for path in paths[:1]:
                answer = browsers[role].get(path)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    forms = FormReader(path, answer.text).forms
                    assert any(form.path == "/logout" for form in forms), path
                    seen += 1
    assert seen > 20


def test_fields_of_passwords_are_masked_and_may_be_pasted(site):
    fields = [
        (endpoint, name, entry.kind)
        for (_, endpoint, _), form in site.forms.items()
        for name, entry in form.fields.items()
        if "password" in name or name == "old"
    ]
    assert {kind for _, _, kind in fields} == {"password"}
    assert len({endpoint for endpoint, _, _ in fields}) >= 3
    scripts = "".join(path.read_text() for path in (ROOT / "static" / "js").glob("*.js"))
    assert "onpaste" not in scripts
    assert '"paste"' not in scripts


def test_every_package_is_pinned():
    lines = [line.strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    named = [line.partition("#")[0].partition(";")[0].strip() for line in lines if line and line[0] not in "#-"]
    assert len(named) > 10
    assert [line for line in named if not re.fullmatch(r"[\w.\-\[\],]+==[\w.]+", line)] == []


def test_an_address_in_another_form_is_the_same_or_none(site):
    """Doubled slashes, dots and encoded signs lead nowhere they should not."""
    browsers = site.afresh()
    for path in ("//worklist", "/./worklist", "/x/../worklist", "/%2e%2e/worklist", "/worklist/", "/worklist%00"):
        for role in ("patient", None):
            answer = browsers[role].get(path)
            assert answer.status_code in {302, 308, 400, 401, 404}, (role, path)
            assert answer.status_code not in {302, 308} or answer.location.startswith(("/", "http://localhost/")), path
    sent = json.dumps({"fields": {"a": "b"}, "sequence": 1})
    path = f"/patients/{quote(str(site.world.foreign['patient_id']))}/visits/draft"
    assert browsers["clinician"].put(path, data=sent, content_type="application/json").status_code == 404
