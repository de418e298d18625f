"""Estimated durations in words."""

import pytest

from assistants_app.rendering.components.durations import about, time_left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "10 seconds"),
        (41, "50 seconds"),
        (50.1, "1 minute"),
        (61, "2 minutes"),
        (89 * 60, "89 minutes"),
        (90 * 60, "2 hours"),
    ],
)
def test_an_estimate_is_rounded_up(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_nothing_is_said_of_an_unknown_time() -> None:
    assert time_left(30) == "about 30 seconds left"
    assert time_left(None) == time_left(0) == ""
