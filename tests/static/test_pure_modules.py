"""Runs the JavaScript tests of static/js/pure (tests/js)."""

import re

from tests.static.node import run_node


def test_pure_modules_pass_their_javascript_tests() -> None:
    said = run_node("--test", "tests/js/*.test.mjs")
    assert re.search(r"^\S+ pass [1-9]", said, re.MULTILINE), said
