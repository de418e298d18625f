"""The compatibility page names a test for each fact, or says "missing"."""

import json

from tests.clients.catalogue import Client, Shown, modules, named_tests, shown
from tests.contract.clients import section as clients_and_versions
from tests.contract.compatibility import ERRORS, event_names, page
from tests.contract.files_and_languages import section
from tests.contract.record import Fact, Record, names_in
from tests.retrieval.corpus.cases import Case, Corpus

RUN = "POST /threads/{thread_id}/runs"


def line_of(text: str, heading: str, start: str) -> str:
    """Return the first line below a heading that begins with `start`."""
    below = text.partition(f"# {heading}\n")[2]
    return next(line for line in below.splitlines() if line.startswith(start))


def test_names_are_dotted_and_texts_have_their_values() -> None:
    body = {"role": "user", "content": [{"type": "text", "n": 0}, {"n": None}], "metadata": {}}
    assert list(dict.fromkeys(names_in(body))) == [
        "role",
        'role = "user"',
        "content",
        "content[].type",
        'content[].type = "text"',
        "content[].n",
        "metadata",
    ]


def test_a_request_is_recorded_for_its_test() -> None:
    record = Record()
    record.begin("tests/sdk/test_x.py::test_y[1-a]")
    sent = b'{"tool_choice": {"type": "function", "function": {"name": "f"}}}'
    record.request("POST", "http://host/v1/threads/thread_1/runs?limit=5", sent).answered(200, {})
    assert record.facts["tests/sdk/test_x.py::test_y"] == {
        Fact("operation", RUN),
        Fact("parameter", f"{RUN} limit"),
        Fact("parameter", f'{RUN} limit = "5"'),
        Fact("parameter", f"{RUN} tool_choice"),
        Fact("parameter", f"{RUN} tool_choice.type"),
        Fact("parameter", f'{RUN} tool_choice.type = "function"'),
        Fact("parameter", f"{RUN} tool_choice.function"),
        Fact("parameter", f"{RUN} tool_choice.function.name"),
        Fact("parameter", f'{RUN} tool_choice.function.name = "f"'),
    }


def test_a_refused_request_shows_only_its_error() -> None:
    record = Record()
    record.begin("t")
    error = {"message": "Unknown parameter: 'x'.", "code": "unknown_parameter", "param": "x"}
    record.request("POST", "/v1/threads", b'{"x": 1}').answered(400, {"error": error})
    shown = {"status": 400, "code": error["code"], "message": error["message"]}
    assert record.facts["t"] == {Fact("error", json.dumps(shown))}
    assert line_of(page(record.facts), "Errors", "| An unknown parameter") == (
        "| An unknown parameter | 400 | `unknown_parameter` | `t` |"
    )


def test_an_event_belongs_to_the_test_that_started_the_stream() -> None:
    record = Record()
    record.begin("first")
    exchange = record.request("POST", "/v1/threads/runs", b"")
    record.begin("second")
    exchange.received(["error"])
    assert line_of(page(record.facts), "Events", "| `error`") == "| `error` | `first` |"


def test_the_first_test_of_the_sdk_is_named_in_any_order() -> None:
    fact = Fact("operation", RUN)
    names = ("tests/sdk/test_b.py::t", "tests/api/test_a.py::t", "tests/sdk/test_a.py::t")
    for order in (names, names[::-1]):
        shown = page({name: {fact} for name in order})
        assert line_of(shown, RUN, "Test:") == "Test: `sdk/test_a.py::t`"


def test_facts_without_a_test_are_missing() -> None:
    shown = page({})
    assert line_of(shown, "POST /files", "Test:") == "Test: **missing**"
    assert "| parameter |" not in shown
    assert len(event_names()) == 25  # the vendor's 24, and `done`
    assert shown.count("| **missing** |") == len(event_names()) + len(ERRORS)
    seen = page({"t": {Fact("operation", RUN)}})
    assert line_of(seen, RUN, "| `tools[].function.strict`").endswith("| **missing** |")


def test_every_test_of_a_client_says_what_it_shows() -> None:
    silent = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, test in named_tests(module).items()
        if not hasattr(test, "shows")
    ]
    assert silent == []
    named = {client for module in modules() for client in vars(module)["CLIENTS"]}
    assert shown().keys() == named


def test_versions_of_which_the_same_is_shown_share_a_line() -> None:
    both, one = Shown({"runs", "objects"}, {"clients/test_a"}), Shown({"runs"}, {"clients/test_a"})
    lines = list(
        clients_and_versions(
            {
                Client("`b`", "1.9"): both,
                Client("`b`", "1.10"): both,
                Client("`b`", "0.1"): one,
                Client("`a`", "2.0", recorded=True): one,
            }
        )
    )
    assert lines[-3:] == [
        "| `a` | 2.0 (recorded) | runs | `clients/test_a.py` |",
        "| `b` | 1.10, 1.9 | objects, runs | `clients/test_a.py` |",
        "| `b` | 0.1 | runs | `clients/test_a.py` |",
    ]
    assert any(line.startswith("**Recorded**") for line in lines)


def test_files_and_languages_are_counted_from_the_corpus() -> None:
    cases = (
        Case("a", "x", writer="openpyxl", shows="dates"),
        Case("b", "x", shows="dates", language="Japanese", encoding="cp932"),
        Case("c", "x", shows="sums", language="Japanese"),
    )
    lines = list(section([Corpus("xlsx", "Workbooks", cases)]))
    assert "| Workbooks (`.xlsx`) | 3 | openpyxl, our tests | dates, sums |" in lines
    assert lines[-1] == "| Japanese | CP932, UTF-8 |"
