"""Find the view of a URL."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from assistants_app.api.responses import Answer

View = Callable[..., Answer]

# What comes before the API's own paths. Azure AI Foundry's clients have a project in their path,
# and `get_openai_client` adds to it. Here, the key says which project it is.
_PREFIX = re.compile(
    r"/(?:v1"
    r"|(?:api/projects/[^/]+/)?openai(?:/v1|/deployments/(?P<deployment>[^/]+))?"
    r"|api/projects/[^/]+)/(?P<path>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Route:
    """The views of a URL by HTTP method, with the verb that each needs the right to.

    With `beta`, requests must have the vendor's beta header. Without `acts`, a POST changes
    nothing, so it may be repeated. Views of the methods in `waits` wait for a storage or a model.
    """

    views: dict[str, View]
    verbs: dict[str, str]
    beta: bool = True
    acts: bool = True
    waits: tuple[str, ...] = ()


def route(
    *,
    beta: bool = True,
    acts: bool = True,
    waits: tuple[str, ...] = (),
    **methods: tuple[str, View],
) -> Route:
    """Return the :class:`Route` with a verb (`domain/rights.py`) and a view for each method."""
    verbs = {method: verb for method, (verb, _view) in methods.items()}
    views = {method: view for method, (_verb, view) in methods.items()}
    return Route(views, verbs, beta, acts, waits)


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: its route, and the parts of the path that the views need."""

    route: Route
    captured: dict[str, str]
    deployment: str = ""


@dataclass(slots=True)
class _Node:
    # What follows a part of a path: known parts, or one (or with `rest`, all) under this name.
    parts: "dict[str, _Node]" = field(default_factory=dict)
    name: str = ""
    any: "_Node | None" = None
    rest: bool = False
    route: Route | None = None


class Router:
    """The routes below the API's prefixes, by patterns such as ``threads/{thread_id}/runs``.

    ``{name}`` stands for a part of a path, and ``{name...}`` for all that is left. `patterns` has
    them all.
    """

    def __init__(self, routes: Iterable[tuple[str, Route]]) -> None:
        self.patterns = dict(routes)
        self._root = _Node()
        for pattern, found in self.patterns.items():
            self._add(pattern, found)

    def find(self, path: str) -> Match | None:
        """Return what the path leads to, or None if there is no such URL."""
        prefix = _PREFIX.fullmatch(path)
        if prefix is None:
            return None
        captured: dict[str, str] = {}
        found = self._walk(prefix["path"].split("/"), captured)
        # PostgreSQL can't compare a text with NUL, so no object has such an id.
        if found is None or "\0" in path:
            return None
        return Match(found, captured, prefix["deployment"] or "")

    def _walk(self, parts: list[str], captured: dict[str, str]) -> Route | None:
        node = self._root
        for position, part in enumerate(parts):
            # Known parts win: "threads/runs" is no thread.
            following = node.parts.get(part)
            if following is None:
                following = node.any
                if following is None or not part:
                    return None
                if node.rest:
                    captured[node.name] = "/".join(parts[position:])
                    return following.route
                captured[node.name] = part
            node = following
        return node.route

    def _add(self, pattern: str, found: Route) -> None:
        node = self._root
        for part in pattern.split("/"):
            if part.startswith("{"):
                name = part.strip("{}")
                node.rest = name.endswith("...")
                node.name = name.removesuffix("...")
                if node.any is None:
                    node.any = _Node()
                node = node.any
            else:
                node = node.parts.setdefault(part, _Node())
        node.route = found
