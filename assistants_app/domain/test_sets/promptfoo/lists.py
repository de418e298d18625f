"""The assertions of a test, with what belongs to a row beside them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from assistants_app.domain.test_sets.messages import with_plain_marks
from assistants_app.domain.test_sets.promptfoo.assertions import (
    FOREIGN,
    PROMPTFOO,
    Assertion,
    Check,
    NotRunHere,
    check_of,
    foreign,
    usable,
)
from assistants_app.domain.test_sets.promptfoo.checks import assertion_from
from assistants_app.domain.test_sets.rows import Content


class AssertionList:
    """Assertions of a test as checks, and those to be written out word for word."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.kept: list[dict[str, Any]] = []

    def add(self, assertion: Assertion) -> None:
        """Add an assertion, as a check if possible."""
        try:
            check = usable(check_of(assertion))
        except NotRunHere as reason:
            self.checks.append(foreign(PROMPTFOO, assertion, reason))
            return
        self.checks.append(check)
        # Written out again word for word, as long as nobody changes the check.
        if assertion_from(check) != assertion:
            self.kept.append({"original": assertion, "check": check})

    def add_all(self, assertions: Iterable[Assertion], others: Any) -> None:
        """Add the assertions, and what other tools have no assertion for, in their order.

        `others` is from :func:`split_assertions`, by way of a file that anybody may have changed.
        """
        listed: list[tuple[str, Any]] = [("assert", one) for one in assertions]
        for one in others if isinstance(others, list) else []:
            match one:
                case [int(at), {"assert": dict(assertion)}]:
                    listed.insert(at, ("assert", assertion))
                case [int(at), {"check": dict(check)}]:
                    listed.insert(at, ("check", check))
        for kind, one in listed:
            if kind == "assert":
                self.add(one)
            else:
                self.checks.append(one)

    def content(self, other: Mapping[str, Any] | None = None) -> Content:
        """Return these checks as fields of a row, with `other` parts of a test to keep."""
        kept = {**({"asserts": self.kept} if self.kept else {}), **(other or {})}
        return {"checks": self.checks, "kept": {PROMPTFOO: kept} if kept else {}}


OTHERS: Final = "other_checks"
"""The key beside a row's fields for checks that another tool's format has no words for."""
Others = list[tuple[int, dict[str, Any]]]


def split_assertions(
    content: Mapping[str, Any], writes: Callable[[Assertion], bool]
) -> tuple[list[Assertion], Others]:
    """Return the assertions of a row that `writes` accepts, and the rest with their places."""
    kept = content.get("kept", {}).get(PROMPTFOO, {}).get("asserts", [])
    written: list[Assertion] = []
    others: Others = []
    for at, check in enumerate(content.get("checks", [])):
        same = (one["original"] for one in kept if one.get("check") == check)
        original = next(same, None)
        assertion = original or _assertion_for(check)
        if assertion is not None and writes(assertion):
            written.append(assertion)
        else:
            others.append((at, {"assert": original} if original else {"check": check}))
    return written, others


def _assertion_for(check: Check) -> Assertion | None:
    """Return the assertion for a check, or None if it would come back as another check."""
    assertion = assertion_from(check)
    if assertion is None or check.get("kind") == FOREIGN:
        return assertion
    try:
        back = check_of(assertion)
    except NotRunHere:
        return None
    return assertion if with_plain_marks(back) == with_plain_marks(check) else None


def without_assertions(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kept parts of a row without those that its assertions bring again."""
    ours = {name: part for name, part in kept.get(PROMPTFOO, {}).items() if name != "asserts"}
    others = {name: part for name, part in kept.items() if name != PROMPTFOO}
    return {**others, **({PROMPTFOO: ours} if ours else {})}


def with_own_fields(
    content: Mapping[str, Any],
    assertions: Sequence[dict[str, Any]],
    kept: Mapping[str, Any],
    own: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a row of another tool's format, with the fields that it carries for us."""
    checks = AssertionList()
    checks.add_all(assertions, own.get(OTHERS))
    made = checks.content(kept)
    also = own.get("kept")
    ours = {name: value for name, value in own.items() if name != OTHERS}
    whole = {**content, **made, **ours, "checks": made["checks"]}
    if isinstance(also, dict):
        part = also.get(PROMPTFOO)
        inner = {**(part if isinstance(part, dict) else {}), **made["kept"].get(PROMPTFOO, {})}
        whole["kept"] = {**also, **({PROMPTFOO: inner} if inner else {})}
    return whole
