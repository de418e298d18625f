"""The first step that isn't the same in two runs."""

import pytest

from assistants_app.domain.tapes.calls import Difference
from assistants_app.domain.tapes.divergence import (
    TEXT,
    Path,
    Taken,
    first_divergence,
    renumbered,
)
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION


def call(arguments: str = "{}", output: str = "", *, name: str = "weather") -> Taken:
    return Taken("step", FUNCTION, name, arguments, output)


def said(text: str) -> Taken:
    return Taken("step", TEXT, text=text)


def searched(*found: tuple[str, int, int], output: str = "") -> Taken:
    return Taken("step", FILE_SEARCH, FILE_SEARCH, "rain", output, found=found)


def kind(left: list[Taken], right: list[Taken]) -> tuple[int, str] | None:
    found = first_divergence(Path(left), Path(right))
    return (found.place, found.kind) if found else None


def test_runs_that_do_the_same_do_not_part() -> None:
    one = [call('{"a": 1}', "rain"), said("It rains.")]
    assert kind(one, [call('{"a":1.0}', "rain"), said("It rains. ")]) is None
    assert kind([], []) is None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([call()], [call(name="time")], (0, "tool")),
        ([call()], [said("No.")], (0, "tool")),
        ([call()], [Taken("step", CODE_INTERPRETER, CODE_INTERPRETER, "1")], (0, "tool")),
        ([call(), call('{"a": 1}')], [call(), call('{"a": 2}')], (1, "arguments")),
        ([call("{}", "rain")], [call("{}", "sun")], (0, "output")),
        ([said("Rain.")], [said("Sun.")], (0, "text")),
        ([call(), said("Rain.")], [call()], (1, "end")),
        ([], [said("Sun.")], (0, "end")),
        ([searched(("f", 0, 9))], [searched(("f", 9, 20))], (0, "output")),
        ([searched(("f", 0, 9))], [searched()], (0, "output")),
        # The numbers of searches are those of the threads.
        (
            [searched(("f", 0, 9), output="【0:0†f】")],
            [searched(("f", 0, 9), output="【4:0†f】")],
            None,
        ),
    ],
)
def test_the_first_difference_counts(
    left: list[Taken], right: list[Taken], expected: tuple[int, str] | None
) -> None:
    assert kind(left, right) == expected


def test_arguments_are_listed_by_place() -> None:
    found = first_divergence(Path([call('{"a": 1}')]), Path([call('{"a": 2}')]))
    assert found
    assert found.differences == (Difference("a", "1", "2"),)


def test_marks_count_by_what_they_cite() -> None:
    left = Path([said("Rain【0:1†a.txt】.")], {(0, 1): ("file-a", 0, 9)})
    same = Path([said("Rain【7:2†a.txt】.")], {(7, 2): ("file-a", 0, 9)})
    other = Path([said("Rain【0:1†a.txt】.")], {(0, 1): ("file-a", 9, 20)})
    none = Path([said("Rain.")])
    assert first_divergence(left, same) is None
    assert [first_divergence(left, path).kind for path in (other, none)] == ["citation", "text"]  # type: ignore[union-attr]


def test_marks_get_the_numbers_of_their_thread() -> None:
    text = "【0:1†a】 and 【1:0†b】, not 【5:0†c】 or 【x】"
    assert renumbered(text, {0: 1, 1: 4}) == "【1:1†a】 and 【4:0†b】, not 【5:0†c】 or 【x】"
