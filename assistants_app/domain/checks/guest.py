"""Runs inside of the sandbox: the code of a check, on the row and the reply in a file.

The source of this module is what is sent, so it imports nothing of this project.
"""

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Data(dict[str, Any]):
    """A dictionary whose keys are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def run_check(path: str, mark: str) -> None:
    """Print the answer of the code in the file between two `mark`s."""
    given = json.loads(Path(path).read_text(encoding="utf-8"), object_hook=Data)
    sample, item = given["sample"], given["item"]
    # Each check gets names of its own, so that a row doesn't see what the code of another has left,
    # although they share a session. `output` and `context` are those of promptfoo.
    names = {"__name__": "check", "sample": sample, "item": item, "output": sample["text"]}
    names["context"] = Data(vars=item.get("variables") or Data())
    try:
        expression = compile(given["code"].strip(), "check", "eval")
    except SyntaxError:
        answer = _grade_function(given["code"], names)(sample, item)
    else:
        answer = eval(expression, names)
    sys.stdout.write(f"\n{mark}{json.dumps(answer, default=_plain)}{mark}\n")


def _grade_function(code: str, names: dict[str, Any]) -> Callable[[Data, Data], Any]:
    tree = ast.parse(code, "check")
    if _returns(tree):
        # Lines that end with `return`, as in promptfoo.
        function = ast.parse("def grade(sample, item): pass").body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body, tree.body = tree.body, [function]
    exec(compile(ast.fix_missing_locations(tree), "check", "exec"), names)
    grade = names.get("grade")
    if not callable(grade):
        raise TypeError("Define a function grade(sample, item).")
    return grade  # type: ignore[no-any-return]


def _returns(tree: ast.Module) -> bool:
    # Whether there is a `return` outside of functions, also within an `if` or a loop.
    waiting: list[ast.AST] = [*tree.body]
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, inner):
            waiting += ast.iter_child_nodes(node)
    return False


def _plain(value: Any) -> Any:
    # Numbers and truth values of libraries, such as numpy's.
    return value.item() if hasattr(value, "item") else str(value)
