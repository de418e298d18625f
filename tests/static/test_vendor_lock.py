"""Vendored front-end files are the ones that the lock names, each with its licence."""

import gzip
import hashlib
import json
from pathlib import Path

EDITOR_BYTES = 150_000  # gzipped; it is loaded when somebody writes code
STATIC = Path(__file__).resolve().parent.parent.parent / "static"
LOCK = json.loads((STATIC / "vendor" / "vendor.lock.json").read_text(encoding="utf-8"))


def test_every_file_has_its_hash() -> None:
    for package in LOCK:
        for name, digest in package["files"].items():
            assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name


def test_no_file_is_unknown_or_without_licence() -> None:
    known = {name for package in LOCK for name in package["files"]}
    there = {
        str(path.relative_to(STATIC))
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and path.name != "vendor.lock.json"
    }
    assert there <= known
    for package in LOCK:
        assert package["version"]
        assert package["licence"]
        assert any(name.endswith("LICENSE") for name in package["files"])


def test_scripts_know_no_other_host() -> None:
    for path in [*(STATIC / "js").rglob("*.js"), *(STATIC / "css").glob("*.css")]:
        assert "http://" not in path.read_text(encoding="utf-8"), path.name
        assert "https://" not in path.read_text(encoding="utf-8"), path.name


def test_the_editor_is_small_and_its_recipe_names_no_host() -> None:
    editor = STATIC / "vendor" / "codemirror"
    assert len(gzip.compress((editor / "editor.min.js").read_bytes())) <= EDITOR_BYTES
    recipe = (editor / "build" / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in recipe
    assert "://" not in recipe
    pinned = json.loads(recipe)["packages"]["node_modules/codemirror"]
    assert pinned["version"] == "6.0.2"  # the registry's "latest" is code of version 5
