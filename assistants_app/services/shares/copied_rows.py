"""The rows of a thread that is a copy of what a share link shows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, groupby
from typing import Any

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import SHARE
from assistants_app.domain.ids import new_id
from assistants_app.domain.money.prices import UNUSED
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import Citation, Message, Run, RunStep, Thread
from assistants_app.wire.runs.steps import (
    RESULT,
    code_call,
    code_result,
    function_call,
    image_output,
    logs_output,
    made_file,
    message_creation_details,
    search_call,
    search_result,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import file_citation, file_path, refusal_part, text_part

WireObject = Mapping[str, Any]
# What a tool call has if the link doesn't hide its details.
_DETAILS = {CODE_INTERPRETER: "code", FILE_SEARCH: "query"}


class CopiedRows:
    """Rows that aren't stored yet, in the order of what the link shows.

    Calls and the replies around them get runs of their own in the copy, because the original's stay
    where they are. `ids` has the copies of the files, by their number in the snapshot.
    """

    def __init__(self, thread: Thread, shown: WireObject, ids: Mapping[str, str]) -> None:
        self.messages: list[Message] = []
        self.runs: list[Run] = []
        self.steps: list[RunStep] = []
        self._thread, self._shown, self._ids = thread, shown, ids
        self._citations = _CopiedCitations(thread, shown["items"])
        # IDs are made in this order, by which threads are read.
        for is_question, group in groupby(shown["items"], key=lambda item: item["kind"] == "user"):
            items = list(group)
            has_calls = not is_question and any(map(_has_details, items))
            run = self._add_run(items) if has_calls else None
            for item in items:
                if item["kind"] != "tool":
                    self._add_message(item, run)
                elif run and _has_details(item):
                    self._add_call(item, run)

    @property
    def citations(self) -> list[Citation]:
        """What the copied replies cite, and all that the copied searches found."""
        return list(self._citations.found.values())

    def _add_run(self, items: Sequence[WireObject]) -> Run:
        begin, end = _time_of(items[0]), _time_of(items[-1])
        run = Run(
            project_id=self._thread.project_id,
            thread=self._thread,
            assistant_id="",
            origin=SHARE,
            recorded=True,
            status=run_status.COMPLETED,
            created_at=begin,
            started_at=begin,
            completed_at=end,
            expires_at=begin + timedelta(seconds=conf.RUN_EXPIRES_AFTER),
            response_format="auto",
            tool_choice="auto",
            truncation_strategy={"type": "auto", "last_messages": None},
            cost=0,
            cost_origin=UNUSED,
        )
        self.runs.append(run)
        return run

    def _add_message(self, item: WireObject, run: Run | None) -> None:
        message = _message(self._thread, item, self._ids)
        if not (message.content or message.attachments):
            return
        if run:
            message.run_id = run.id
            details = message_creation_details(message.id)
            self._add_step(run, item, details, run_status.COMPLETED)
        self.messages.append(message)

    def _add_call(self, item: WireObject, run: Run) -> None:
        call_id = new_id("call")
        status = run_status.COMPLETED
        match item["tool"]:
            case tool if tool == CODE_INTERPRETER:
                call = self._code(call_id, item)
            case tool if tool == FILE_SEARCH:
                results = [search_result(one) for one in self._citations.of_search(item)]
                call = search_call(
                    call_id,
                    query=item["query"],
                    ranker="auto",
                    score_threshold=0.0,
                    results=results,
                )
            case _:
                call = function_call(call_id, item["name"], item["arguments"], item["output"])
                # Models refuse a call that has no result, so such steps aren't shown to them.
                status = run_status.CANCELLED if item["output"] is None else status
        self._add_step(run, item, tool_calls_details([call]), status)

    def _add_step(self, run: Run, item: WireObject, details: WireObject, status: str) -> None:
        ended = "completed_at" if status == run_status.COMPLETED else "cancelled_at"
        at = _time_of(item)
        self.steps.append(
            RunStep(
                run=run,
                thread_id=self._thread.id,
                assistant_id="",
                created_at=at,
                type=details["type"],
                status=status,
                step_details=details,
                **{ended: at},
            )
        )

    def _code(self, call_id: str, item: WireObject) -> dict[str, Any]:
        outputs = [
            logs_output(output["text"])
            if output["type"] == "logs"
            else image_output(self._ids[output["file"]])
            for output in item["outputs"]
            if output["type"] == "logs" or output["file"] in self._ids
        ]
        files = [
            made_file(self._shown["files"][number]["name"], size, self._ids[number])
            for number in item["files"]
            if number in self._ids
            for size in [self._shown["files"][number]["bytes"]]
        ]
        return {**code_call(call_id, item["code"], outputs), RESULT: code_result("ok", files=files)}


class _CopiedCitations:
    """The citations of a copy, by number and place.

    Marks in replies keep their numbers, and each search gets the number by which replies cite it.
    """

    def __init__(self, thread: Thread, items: Sequence[WireObject]) -> None:
        self.found: dict[tuple[int, int], Citation] = {}
        self._thread = thread
        self._file_ids: dict[str, str] = {}
        parts = (part for item in items if item["kind"] == "assistant" for part in item["parts"])
        for one in (one for part in parts for one in part.get("citations", ())):
            mark = CITATION_MARK.fullmatch(one["mark"])
            if mark and one["quote"]:
                key = int(mark[1]), int(mark[2])
                self._add(key, one["file_name"], one["quote"], one["page"])
        self._cited = dict(self.found)
        self._used = {number for number, _place in self.found}
        self._given: set[int] = set()

    def of_search(self, item: WireObject) -> list[Citation]:
        """Return what the search found, under its number."""
        results = item["results"]
        number = self._number_of([result["text"] for result in results])
        return [
            self._add((number, place), result["file_name"], result["text"], result["page"])
            for place, result in enumerate(results)
        ]

    def _number_of(self, texts: Sequence[str]) -> int:
        numbers = (
            number
            for (number, place), citation in self._cited.items()
            if texts[place : place + 1] == [citation.quote] and number not in self._given
        )
        number = next(numbers, None)
        if number is None:
            number = next(one for one in count() if one not in self._used)
        self._used.add(number)
        self._given.add(number)
        return number

    def _add(self, key: tuple[int, int], name: str, quote: str, page: int | None) -> Citation:
        # The cited file stays where it is, so this is the ID of none.
        file_id = self._file_ids.setdefault(name, new_id("file", "-"))
        self.found[key] = Citation(
            thread=self._thread,
            number=key[0],
            place=key[1],
            file_id=file_id,
            filename=name,
            quote=quote,
            page=page,
            start=0,
            end=0,
            score=0.0,
        )
        return self.found[key]


def used_files(shown: WireObject) -> list[str]:
    """Return the numbers of the files that the copy needs."""
    used: dict[str, None] = {}
    for item in shown["items"]:
        used |= dict.fromkeys(item.get("files", ()))
        for part in (*item.get("parts", ()), *item.get("outputs", ())):
            used |= dict.fromkeys(link["file"] for link in part.get("links", ()))
            used |= dict.fromkeys([part["file"]] if part.get("file") else [])
    return list(used)


def _has_details(item: WireObject) -> bool:
    return item["kind"] == "tool" and _DETAILS.get(item["tool"], "name") in item


def _message(thread: Thread, item: WireObject, ids: Mapping[str, str]) -> Message:
    created_at = _time_of(item)
    attachments = [
        {"file_id": ids[number], "tools": []} for number in item["files"] if number in ids
    ]
    is_incomplete = item["is_incomplete"]
    return Message(
        thread=thread,
        role=item["kind"],
        created_at=created_at,
        status=run_status.INCOMPLETE if is_incomplete else run_status.COMPLETED,
        incomplete_at=created_at if is_incomplete else None,
        completed_at=None if is_incomplete else created_at,
        content=[content for part in item["parts"] if (content := _content(part, ids))],
        attachments=attachments,
        has_attachments=bool(attachments),
    )


def _content(part: WireObject, ids: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the part as in a message object, or None for an image that was deleted."""
    match part["type"]:
        case "text":
            content = text_part(part["text"])
            content["text"]["annotations"] = _annotations(part, ids)
            return content
        case "refusal":
            return refusal_part(part["text"])
        case "image_url":
            return {"type": "image_url", "image_url": {"url": part["url"], "detail": "auto"}}
        case _ if part["file"] in ids:
            image = {"file_id": ids[part["file"]], "detail": "auto"}
            return {"type": "image_file", "image_file": image}
        case _:
            return None


def _annotations(part: WireObject, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    links = [
        file_path(link["text"], link["start"], _end(link, "text"), ids[link["file"]])
        for link in part["links"]
        if link["file"] in ids
    ]
    citations = [
        file_citation(
            citation["mark"],
            citation["start"],
            _end(citation, "mark"),
            # The cited file stays where it is, so this is the ID of none.
            new_id("file", "-"),
            quote=citation["quote"],
            page=citation["page"],
            score=0.0,
        )
        for citation in part["citations"]
        if citation["quote"]
    ]
    return [*links, *citations]


def _end(item: WireObject, name: str) -> int:
    return int(item["start"]) + len(item[name])


def _time_of(item: WireObject) -> datetime:
    return datetime.fromtimestamp(item["created_at"], UTC)
