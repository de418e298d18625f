"""Storage of static files: hashed, compressed, one stylesheet and one script per page."""

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
    """Replaces imports by the imported files, in the stylesheet and in the script of each page.

    A page then needs one request for its styles and one for its scripts. In the source they stay
    separate files, which browsers can load through the same imports.
    """

    def post_process(
        self, paths: Paths, dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """Process the files of ``collectstatic``: names with their source storage and path."""
        if not dry_run:
            paths = {**paths, **self._in_one_piece(paths)}
        yield from super().post_process(paths, dry_run, **options)

    def _in_one_piece(self, paths: Paths) -> Paths:
        whole = {}
        if STYLESHEET in paths:
            whole[STYLESHEET] = _stylesheet(paths)
        for name in paths:
            if name.startswith(PAGE_SCRIPTS):
                whole[name] = join_modules(name, lambda module: _read(paths, module))
        return {name: (self, self._replace(name, text)) for name, text in whole.items()}

    def _replace(self, name: str, text: str) -> str:
        self.delete(name)
        return str(self.save(name, ContentFile(text.encode())))


def _stylesheet(paths: Paths) -> str:
    def imported(match: re.Match[str]) -> str:
        content = _read(paths, f"css/{match['file']}")
        return f"@layer {match['layer']} {{\n{content}}}"

    return IMPORT.sub(imported, _read(paths, STYLESHEET))


def _read(paths: Paths, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
