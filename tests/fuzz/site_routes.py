"""The routes of the site, and the fields and parameters that their views read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.datastructures import MultiValueDict

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 4
_NAMED = re.compile(r'\bname="([^"{}]+)"')


@dataclass
class SiteRoute:
    """A route with the converters of its path, and the fields that its view has asked for."""

    pattern: str
    name: str
    wing: str
    converters: dict[str, str]
    fields: list[str] = field(default_factory=list)

    def path(self, captured: dict[str, str]) -> str:
        """Return the path with these values, which are percent-encoded already."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: captured[match[1]], self.pattern)


def site_routes() -> list[SiteRoute]:
    """Return every route of Django's resolver."""
    return list(_routes_below(get_resolver(), ""))


def _routes_below(resolver: URLResolver, prefix: str) -> Iterator[SiteRoute]:
    for one in resolver.url_patterns:
        pattern = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes_below(one, pattern)
            continue
        assert isinstance(one, URLPattern)
        converters = {
            name: type(converter).__name__ for name, converter in one.pattern.converters.items()
        }
        module = one.callback.__module__.removeprefix("assistants_app.web.")
        wing = module.partition(".")[0]
        yield SiteRoute(pattern, one.name or pattern, wing, converters)


def names_in_templates() -> list[str]:
    """Return the names of all fields that templates have."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    return sorted({name for text in texts for name in _NAMED.findall(text)})


@contextmanager
def fields_asked_for() -> Iterator[set[str]]:
    """Collect the names that code looks up in forms, queries and files meanwhile."""
    asked: set[str] = set()

    def spied(method: str) -> Any:
        original = getattr(MultiValueDict, method)

        def look_up(self: Any, key: Any, *args: Any, **options: Any) -> Any:
            if isinstance(key, str) and len(key) < 60:
                asked.add(key)
            return original(self, key, *args, **options)

        return look_up

    names = ("get", "getlist", "__getitem__")
    patches = [patch.object(MultiValueDict, name, spied(name)) for name in names]
    for one in patches:
        one.start()
    try:
        with patch.object(MultiValueDict, "__contains__", _spied_contains(asked), create=True):
            yield asked
    finally:
        for one in patches:
            one.stop()


def _spied_contains(asked: set[str]) -> Any:
    def contains(self: Any, key: Any) -> bool:
        if isinstance(key, str) and len(key) < 60:
            asked.add(key)
        return dict.__contains__(self, key)

    return contains
