"""The live page: a stream of operations ends with the same page as a reload."""

import json
import random
import re
from html import escape
from typing import Any

import pytest

from assistants_app.events import publish
from assistants_app.events.log import Event, NewEvent
from assistants_app.models import Message, RunStep
from assistants_app.rendering.threads.live import LiveThread
from assistants_app.rendering.threads.messages import render_message
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.wire.runs.steps import (
    code_call,
    code_call_start,
    code_input_delta,
    code_output_delta,
    code_result,
    full_step_object,
    function_arguments_delta,
    function_call,
    function_call_start,
    image_output,
    logs_output,
    made_file,
    search_call,
    search_call_start,
    search_outcome,
    step_delta,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import (
    file_path,
    image_part,
    message_delta,
    message_object,
    text_delta,
    text_part,
)
from tests.cast import Cast, make_run

CODE = "import pandas as pd\nif 1 < 2 & 3:\n    print('<b>', \"x\")\n"
LOGS = "a <i> & b\n" * 3
RESULT = code_result("ok", seconds=1.25, files=[made_file("a b.csv", 3, "file-1")])


class Page:
    """The thread's rows, changed by operations as in a browser."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def take(self, operations: list[dict[str, Any]]) -> None:
        for operation in operations:
            element, html = operation["id"], operation.get("html", "")
            if operation["op"] == "upsert":
                self.rows[element] = html
                continue
            if operation["op"] == "remove":
                self._remove(element)
                continue
            [row] = [row for row, text in self.rows.items() if f'id="{element}"' in text]
            self.rows[row] = self._changed(operation, self.rows[row], element, html)

    def _remove(self, element: str) -> None:
        self.rows.pop(element, None)
        figure = rf'<figure class="figure" id="{element}">.*?</figure>'
        self.rows = {row: re.sub(figure, "", html) for row, html in self.rows.items()}

    def _changed(self, operation: dict[str, Any], row: str, element: str, html: str) -> str:
        match operation["op"]:
            case "append":
                added = escape(operation["text"], quote=False)
                pattern, new = rf'(<code id="{element}">.*?)(</code>)', r"\1{}\2"
            case "inner":
                added = html
                pattern, new = rf'(<div class="live" id="{element}">).*?(</div>)', r"\1{}\2"
            case "before":
                added = html
                pattern, new = rf'()(<div class="live" id="{element}">)', r"\1{}\2"
            case unknown:
                raise AssertionError(unknown)
        parts = re.split(pattern, row, maxsplit=1, flags=re.DOTALL)
        return (
            parts[0]
            + new.replace("{}", "").replace(r"\1", parts[1] + added).replace(r"\2", parts[2])
            + parts[3]
        )


def told(live: LiveThread, event: NewEvent) -> None:
    live.apply(Event("1-0", event.name, event.run_id, event.data))


def step_grew(step: RunStep, call: dict[str, Any]) -> NewEvent:
    return NewEvent("thread.run.step.delta", step.run_id, json.dumps(step_delta(step.id, [call])))


def pieces(text: str, chance: random.Random) -> list[str]:
    cuts = sorted(chance.sample(range(1, len(text)), 5))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def plain(html: str) -> str:
    """Return the HTML with unescaped quotes, which make no difference to a browser."""
    return html.replace("&quot;", '"').replace("&#x27;", "'").replace("&#39;", "'").strip()


@pytest.mark.parametrize("seed", range(5))
def test_calls_that_stream_in_end_as_the_page_draws_them_from_the_database(
    cast: Cast, seed: int
) -> None:
    chance = random.Random(seed)
    calls = [
        {**code_call("c", CODE, [logs_output(LOGS), image_output("file-2")]), "result": RESULT},
        function_call("f", "get_weather", '{"location": "Paris"}', None),
        {
            **search_call("s", query="soup?", ranker="r", score_threshold=0.0, results=[]),
            "result": search_outcome("error", "Nothing answers."),
        },
    ]
    step = RunStep(run_id=cast.run.id, thread_id=cast.thread.id, type="tool_calls")
    step.step_details = tool_calls_details([])
    started = [
        *publish.step_created(step),
        step_grew(step, code_call_start(0, "c")),
        *(step_grew(step, code_input_delta(0, text)) for text in pieces(CODE, chance)),
        step_grew(step, function_call_start(1, "f", "get_weather")),
        step_grew(step, function_arguments_delta(1, '{"location": "Paris"}')),
        step_grew(step, search_call_start(2, "s")),
        publish.code_runs(step.id, 0),
    ]
    ran = [
        *(
            step_grew(step, code_output_delta(0, 0, logs_output(text)))
            for text in pieces(LOGS, chance)
        ),
        step_grew(step, code_output_delta(0, 1, image_output("file-2"))),
        publish.call_ended(step.id, 0, RESULT),
        publish.call_ended(step.id, 2, search_outcome("error", "Nothing answers.")),
    ]
    live, page = LiveThread(cast.project.id), Page()
    for event in [*started, *ran]:
        told(live, event)
        if chance.random() < 0.6:
            page.take(live.take_changes().operations)
            late = Page()
            late.take(live.unfinished().operations())
            assert [plain(row) for row in page.rows.values()] == [
                plain(row) for row in late.rows.values()
            ]
    step.step_details, step.status = tool_calls_details(calls), "completed"
    told(live, publish.step_ended(step))
    page.take(live.take_changes().operations)
    assert page.rows == {step.id: render_calls(full_step_object(step), cast.project.id)}


def test_a_message_with_an_image_and_a_file_ends_as_a_reload_draws_it(cast: Cast) -> None:
    link = "sandbox:/mnt/data/a b.csv"
    text = f"See [the table]({link})."
    start = text.index(link)
    annotation = file_path(link, start, start + len(link), "file-9")
    message = Message(
        thread=cast.thread, role="assistant", status="in_progress", content=[], run_id=cast.run.id
    )
    live, page = LiveThread(cast.project.id), Page()
    for event in publish.message_created(message):
        told(live, event)
    for part in (
        {"index": 0, **image_part("file-8")},
        text_delta(1, text[:start], []),
        text_delta(1, link, [{"index": 0, **annotation}]),
        text_delta(1, text[start + len(link) :]),
    ):
        delta = json.dumps(message_delta(message.id, [part]))
        told(live, NewEvent("thread.message.delta", cast.run.id, delta))
        page.take(live.take_changes().operations)
    [row] = page.rows.values()
    assert "/files/file-8/content/" in row
    assert "sandbox:" not in re.sub(r"\(sandbox:[^)]*\)", "", row)
    part = text_part(text)
    part["text"]["annotations"].append(annotation)
    message.content, message.status = [image_part("file-8"), part], "completed"
    told(live, publish.message_ended(message))
    page.take(live.take_changes().operations)
    whole = render_message(message_object(message), {}, cast.project.id)
    assert page.rows == {message.id: whole}
    url = f"/p/{cast.project.id}/files/file-9/content/"
    assert f'<a href="{url}" class="download" download="a b.csv">the table</a>' in whole


@pytest.mark.parametrize(
    ("text", "shown"),
    [("At sandbox:/mnt/data/a.csv now", "a.csv"), ("[t](sandbox:/mnt/data/a.csv)", "t")],
)
def test_links_to_files_of_the_session_download_them(cast: Cast, text: str, shown: str) -> None:
    name = "sandbox:/mnt/data/a.csv"
    part = text_part(text)
    start = text.index(name)
    part["text"]["annotations"] = [file_path(name, start, start + len(name), "file-9")]
    message = Message(thread=cast.thread, role="assistant", content=[part])
    html = render_message(message_object(message), {}, cast.project.id)
    url = f"/p/{cast.project.id}/files/file-9/content/"
    assert f'<a href="{url}" class="download" download="a.csv">{shown}</a>' in html


def test_links_to_files_that_are_not_there_lead_nowhere(cast: Cast) -> None:
    part = text_part("[t](sandbox:/mnt/data/a.csv)")
    message = Message(thread=cast.thread, role="assistant", content=[part])
    html = render_message(message_object(message), {}, cast.project.id)
    assert 'href="sandbox:' not in html


def thought(text: str) -> NewEvent:
    data = json.dumps({"id": "reasoning_1", "text": text})
    return NewEvent("playground.reasoning.delta", "run_1", data)


def test_reasoning_has_a_row_of_its_own_that_grows_and_stays_in_its_place(cast: Cast) -> None:
    live = LiveThread(cast.project.id)
    for event in publish.message_created(cast.message):
        told(live, event)
    told(live, thought("First <b>"))
    before, row = live.take_changes().operations
    assert (before["id"], row["id"]) == (cast.message.id, "reasoning_1")
    assert "First &lt;b&gt;" in row["html"]
    told(live, thought(", then"))
    told(live, thought(" this"))
    assert live.take_changes().operations == [
        {"op": "append", "id": "text-reasoning_1", "text": ", then this"}
    ]
    assert "First &lt;b&gt;, then this" in live.unfinished().operations()[0]["html"]
    told(live, thought("."))
    told(live, publish.run_is("completed", cast.run))
    assert live.take_changes().operations[0]["text"] == "."
    assert live.unfinished().operations() == []


def test_a_run_that_waits_changes_nothing_of_the_one_that_is_active(cast: Cast) -> None:
    live = LiveThread(cast.project.id)
    active = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    waiting = make_run(cast.project, cast.thread, cast.assistant, waits={"messages": []})
    told(live, publish.run_is("in_progress", active))
    for event in [*publish.run_created(waiting), publish.run_is("cancelled", waiting)]:
        told(live, event)
    assert live.run is not None
    assert (live.run["id"], live.run["status"]) == (active.id, "in_progress")
    told(live, publish.run_is("completed", active))
    told(live, publish.run_is("in_progress", waiting))
    assert live.run["id"] == waiting.id
