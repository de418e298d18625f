"""Static files as browsers get them: hashed, compressed, and with one stylesheet."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLESHEET = "css/app.css"
IMPORT = re.compile(r'^@import url\("(?P<file>[\w.-]+)"\) layer\((?P<layer>\w+)\);$', re.MULTILINE)


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Replaces the stylesheet's imports by their content, so that one request fetches all styles.

    With DEBUG, browsers follow the imports to the separate files.
    """

    def post_process(
        self, paths: dict[str, tuple[Any, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """Process the collected files; `paths` has each file's storage and path by its name."""
        if not dry_run and STYLESHEET in paths:
            paths = {**paths, STYLESHEET: (self, self._in_one_piece(paths))}
        yield from super().post_process(paths, dry_run, **options)

    def _in_one_piece(self, paths: dict[str, tuple[Any, str]]) -> str:
        def imported(match: re.Match[str]) -> str:
            content = _read(paths, f"css/{match['file']}")
            return f"@layer {match['layer']} {{\n{content}}}"

        whole = IMPORT.sub(imported, _read(paths, STYLESHEET))
        self.delete(STYLESHEET)
        return str(self.save(STYLESHEET, ContentFile(whole.encode())))


def _read(paths: dict[str, tuple[Any, str]], name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
