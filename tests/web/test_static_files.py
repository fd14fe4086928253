"""Static files: named by their content, compressed, cached for ever, and made anew when they change."""

import gzip
import re

import pytest

from outcomes.web import static_files
from outcomes.web.static_files import UnknownStaticFileError, prepare_static_files


@pytest.fixture
def source(tmp_path, monkeypatch):
    folder = tmp_path / "static"
    (folder / "css").mkdir(parents=True)
    (folder / "css" / "base.css").write_text("body { margin: 0; }\n" * 100)
    monkeypatch.setattr(static_files, "SOURCE", folder)
    return folder


def test_a_file_is_named_by_its_content_and_compressed(source, tmp_path):
    shelf = prepare_static_files(tmp_path / "cache")
    name = shelf.names["css/base.css"]
    assert re.fullmatch(r"css/base\.[0-9a-f]{12}\.css", name)
    assert shelf.url("css/base.css") == f"/static/{name}"
    packed = shelf.folder / f"{name}.gz"
    assert gzip.decompress(packed.read_bytes()) == (source / "css" / "base.css").read_bytes()


def test_the_chart_library_comes_from_its_package(source, tmp_path):
    shelf = prepare_static_files(tmp_path / "cache")
    copy = shelf.folder / shelf.names["plotly.min.js"]
    assert copy.stat().st_size > 1_000_000
    assert (shelf.folder / f"{shelf.names['plotly.min.js']}.gz").stat().st_size < copy.stat().st_size / 2


def test_nothing_is_made_twice_and_a_change_makes_a_new_name(source, tmp_path):
    first = prepare_static_files(tmp_path / "cache")
    made = (first.folder / first.names["css/base.css"]).stat().st_mtime_ns
    again = prepare_static_files(tmp_path / "cache")
    assert again == first
    assert (again.folder / again.names["css/base.css"]).stat().st_mtime_ns == made
    (source / "css" / "base.css").write_text("body { margin: 1px; }")
    changed = prepare_static_files(tmp_path / "cache")
    assert changed.names["css/base.css"] != first.names["css/base.css"]
    assert (first.folder / first.names["css/base.css"]).exists()


@pytest.mark.parametrize("damage", ["", "{", '{"state": {}, "names": {"css/base.css": "css/gone.css"}}'])
def test_a_damaged_list_is_made_anew(source, tmp_path, damage):
    first = prepare_static_files(tmp_path / "cache")
    (tmp_path / "cache" / "manifest.json").write_text(damage)
    assert prepare_static_files(tmp_path / "cache") == first


def test_a_file_that_is_not_there_is_named(source, tmp_path):
    with pytest.raises(UnknownStaticFileError, match=r"css/none\.css"):
        prepare_static_files(tmp_path / "cache").url("css/none.css")


def test_a_browser_gets_it_packed_and_may_keep_it(app, visitor):
    url = app.extensions["shelf"].url("css/base.css")
    answer = visitor.get(url, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")


# Who may not


@pytest.mark.parametrize(
    "path", ["/static/manifest.json", "/static/../manifest.json", "/static/css/base.css", "/static/css/"]
)
def test_nobody_gets_what_has_no_hashed_name(visitor, path):
    assert visitor.get(path).status_code == 404
