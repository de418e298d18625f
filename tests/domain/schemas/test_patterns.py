"""Patterns that people write are matched in bounded time, or refused with a reason."""

import random
import time

import pytest

from assistants_app.domain.schemas.patterns import (
    LONGEST_PATTERN,
    LONGEST_TEXT,
    PatternRefused,
    check_pattern,
    is_match,
)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("(?i)OSLO", "in oslo", True),
        (r"^\d{4}-\d{2}-\d{2}$", "2026-11-30", True),
        (r"^[\w.+-]{1,64}@[\w-]{1,60}\.[a-z]{2,10}$", "ada@example.com", True),
        (r"\p{Greek}", "πi", True),
        ("(?s)a.b", "a\nb", True),
        ("é", "e\u0301", False),
        ("", "", True),
    ],
)
def test_a_pattern_matches_somewhere(pattern: str, text: str, matches: bool) -> None:
    assert is_match(pattern, text) is matches


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)", "Look-ahead and look-behind"),
        ("(?<!a)b", "Look-ahead and look-behind"),
        (r"(a)\1", "References to groups"),
        ("(", "unclosed group"),
        ("[z-a]", "valid pattern"),
        ("*", "valid pattern"),
        ("(?x) a {9}", "flag x"),
        ("(?-ix:a)", "flag x"),
        ("a" * (LONGEST_PATTERN + 1), "at most 2,000 characters"),
        ("[ab]*a[ab]{50000}c", "too large"),
        ("(?:(?:(?:a{0,9}){0,9}){0,9}){0,9}", "too large"),
        ("(?:a{1000}){1000}", "too large"),
        ("((ab|cd){20}|e){99}", "too large"),
        (r"(?:\p{L}\x{41}){1500}", "too large"),
        ("[]a]{2001}", "too large"),
        ("[^]]{2001}", "too large"),
        ("[a[b]]{2001}", "too large"),
        (r"[\]]{2001,}", "too large"),
        (r"\pL{1000}", "too large"),
        ("a{9999999999999999999}", "too large"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(PatternRefused, match=reason):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "(a|a)*c", "(.*)*c", "[ab]*a[ab]{1990}c", r"\w*a\w{200}c", "(a?){900}a{900}c"],
)
def test_the_worst_patterns_take_seconds_at_most(pattern: str) -> None:
    text = "".join(random.Random(1).choices("ab", k=LONGEST_TEXT))
    began = time.process_time()
    is_match(pattern, text)
    assert time.process_time() - began < 15


def test_a_text_that_is_too_long_is_not_matched() -> None:
    with pytest.raises(PatternRefused, match="longer than 100,000 characters"):
        is_match("a", "a" * (LONGEST_TEXT + 1))
