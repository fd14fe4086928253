"""Static files under names that hold their content's hash, compressed, cached for ever.

The copies stand in the data folder; they are made by `python -m outcomes prepare`, and at start when a file is newer.
"""

import json
import re
import shutil
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

SOURCE = Path(__file__).parents[2] / "static"
PREFIX = "/static/"
HASH_LETTERS = 12
HASHED = re.compile(rf"\.[0-9a-f]{{{HASH_LETTERS}}}\.\w+(\.\w+)?$")
PLOTLY = "plotly.min.js"
FOREVER = 10 * 365 * 24 * 3600


class UnknownStaticFileError(LookupError):
    """A template names a static file that is not there."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The copies of one installation: the folder that is served, and which copy stands for which file."""

    folder: Path
    names: dict[str, str]

    def url(self, name: str) -> str:
        """Return the address of a file, such as `css/base.css`.

        Raises:
            UnknownStaticFileError: there is no such file.
        """
        try:
            return PREFIX + self.names[name]
        except KeyError:
            raise UnknownStaticFileError(name) from None


def sources() -> dict[str, Path]:
    """Return every static file by its name, plotly.js from its package among them."""
    own = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*")) if path.is_file()}
    package = find_spec("plotly")
    if package is not None and package.origin is not None:
        own[PLOTLY] = Path(package.origin).parent / "package_data" / "plotly.min.js"
    return own


def prepare_static_files(cache: Path) -> Shelf:
    """Make the hashed and compressed copies below `cache` where any file has changed; return the shelf."""
    manifest = cache / "manifest.json"
    files = sources()
    state = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items()}
    known = _read(manifest)
    if known is not None and known["state"] == state:
        return Shelf(cache / "files", known["names"])
    names = {name: _copy(name, path, cache / "files") for name, path in files.items()}
    _write(manifest, {"state": state, "names": names})
    return Shelf(cache / "files", names)


def _read(manifest: Path) -> dict[str, Any] | None:
    """Read what the shelf holds; a damaged list counts as none."""
    try:
        known: dict[str, Any] = json.loads(manifest.read_text())
    except (OSError, ValueError):
        return None
    complete = all((manifest.parent / "files" / name).exists() for name in known["names"].values())
    return known if complete else None


def _write(manifest: Path, known: dict[str, object]) -> None:
    """Replace the list whole, so that a second process never reads half of it."""
    beside = manifest.with_suffix(".new")
    beside.write_text(json.dumps(known))
    beside.replace(manifest)


def _copy(name: str, source: Path, folder: Path) -> str:
    """Copy one file under its hashed name, with a compressed twin; return that name."""
    content = source.read_bytes()
    stem, dot, suffix = name.rpartition(".")
    hashed = f"{stem}.{sha256(content).hexdigest()[:HASH_LETTERS]}{dot}{suffix}"
    target = folder / hashed
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(target.name + ".new")
        shutil.copyfile(source, beside)
        beside.replace(target)
        Compressor(quiet=True).compress(str(target))
    return hashed


def _is_immutable(_path: str, url: str) -> bool:
    return HASHED.search(url) is not None


def serve_static_files(app: Flask, cache: Path) -> None:
    """Have an app serve its static files, and tell its templates their addresses."""
    shelf = prepare_static_files(cache)
    app.extensions["shelf"] = shelf
    app.jinja_env.globals["static_url"] = shelf.url
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # Flask's own way to wrap an app
        app.wsgi_app,
        root=str(shelf.folder),
        prefix=PREFIX,
        max_age=FOREVER,
        immutable_file_test=_is_immutable,
        add_headers_function=None,
    )
