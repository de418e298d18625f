"""Static files for browsers: hashed, compressed, and each page's styles and scripts in one file."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from playground.page_scripts import join_modules

STYLESHEET = "css/app.css"
PAGE_SCRIPTS = "js/pages/"
IMPORT = re.compile(r'^@import url\("(?P<file>[\w.-]+)"\) layer\((?P<layer>\w+)\);$', re.MULTILINE)

Paths = dict[str, tuple[Any, str]]


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A storage that joins the stylesheet, and each page's script, with everything they import."""

    # One request fetches all styles of a page, and one all of its own scripts: a cold playground
    # takes ten requests instead of twenty. With DEBUG the files stay separate, and browsers follow
    # the imports themselves.

    def post_process(
        self, paths: Paths, dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """Process the collected `paths`, which have the storage and path of each file's source."""
        # Before the files are hashed and compressed, which the base class does.
        if not dry_run:
            paths = {**paths, **self._join_imports(paths)}
        yield from super().post_process(paths, dry_run, **options)

    def _join_imports(self, paths: Paths) -> Paths:
        joined = {}
        if STYLESHEET in paths:
            joined[STYLESHEET] = _join_stylesheet(paths)
        for name in paths:
            if name.startswith(PAGE_SCRIPTS):
                joined[name] = join_modules(name, lambda module: _read_source(paths, module))
        return {name: (self, self._replace(name, text)) for name, text in joined.items()}

    def _replace(self, name: str, text: str) -> str:
        # A storage never overwrites a file: it would save this one under another name.
        self.delete(name)
        return str(self.save(name, ContentFile(text.encode())))


def _join_stylesheet(paths: Paths) -> str:
    def imported(match: re.Match[str]) -> str:
        content = _read_source(paths, f"css/{match['file']}")
        return f"@layer {match['layer']} {{\n{content}}}"

    return IMPORT.sub(imported, _read_source(paths, STYLESHEET))


def _read_source(paths: Paths, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
