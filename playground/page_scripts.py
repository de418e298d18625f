"""Joins the JavaScript modules of a page into one file."""

import posixpath
import re
from collections.abc import Callable

import rjsmin

# Regular expressions instead of a JavaScript parser: our own modules use only these forms, and
# anything else is an error.
IMPORT = re.compile(
    r'^import (?:\{(?P<names>[^}]*)\} from )?"(?P<file>\.{1,2}/[^"]+)";\n', re.MULTILINE
)
EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function\*? ?|class |const )(?P<name>[\w$]+))", re.MULTILINE
)
UNKNOWN = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def join_modules(page: str, read: Callable[[str], str]) -> str:
    """Return the source of the module `page`, including every module that it imports.

    `read` returns the source of a module by its name, a path with slashes. Each imported module
    becomes a function that runs once, in the order in which a browser would evaluate the modules.
    Comments and white space are left out, which are a third of what would be sent.

    Raise ValueError if modules import each other or a name that is not exported, and for any syntax
    other than `import { a } from "./b.js";`, `import "./b.js";` and an `export` before a function,
    class or const.
    """
    functions: dict[str, str] = {}
    exports: dict[str, list[str]] = {}

    def without_imports(name: str, importers: tuple[str, ...]) -> str:
        if name in importers:
            raise ValueError(f"Modules import each other: {' -> '.join((*importers, name))}")

        def imported(match: re.Match[str]) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), match["file"]))
            if target not in functions:
                # The call adds the target's own imports first, and a dict keeps its order.
                functions[target] = as_function(target, (*importers, name))
            names = [part.strip() for part in (match["names"] or "").split(",") if part.strip()]
            if missing := set(names) - set(exports[target]):
                raise ValueError(f"{name}: {target} does not export {', '.join(sorted(missing))}")
            return f"const {{ {', '.join(names)} }} = {_variable(target)};\n" if names else ""

        return IMPORT.sub(imported, read(name))

    def as_function(name: str, importers: tuple[str, ...]) -> str:
        source = without_imports(name, importers)
        exports[name] = [match["name"] for match in EXPORT.finditer(source)]
        body = EXPORT.sub("", source)
        returned = ", ".join(exports[name])
        return f"const {_variable(name)} = (() => {{\n{body}return {{ {returned} }};\n}})();\n"

    last = without_imports(page, ())
    joined = "".join([*functions.values(), last])
    if unknown := UNKNOWN.search(joined):
        raise ValueError(f"{page}: cannot join the line {unknown[0]!r}")
    return str(rjsmin.jsmin(joined)) + "\n"


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name.removesuffix(".js"))
