"""What users of agency-swarm write. Each start creates the agency again, as a new process does."""

import os
import tempfile
from pathlib import Path
from typing import Any

from agency_swarm import Agency, AgencyEventHandler, Agent, BaseTool, get_openai_client
from agency_swarm.tools import CodeInterpreter
from openai import NotFoundError
from pydantic import Field
from told import serve

MODEL = "scripted-1"
folder = Path(tempfile.mkdtemp())
os.chdir(folder)
(folder / "files").mkdir()
(folder / "files" / "harbour.txt").write_text("The harbour was built in 1907.")


class get_weather(BaseTool):  # type: ignore[misc]  # noqa: N801 - also the tool's name
    """The weather of a place."""

    location: str = Field(..., description="The place.")

    def run(self) -> str:
        return f"11 degrees in {self.location}"


def agency(name: str, **more: Any) -> Any:
    agent = Agent(name=name, description="A tutor.", model=MODEL, temperature=0.3, **more)
    return Agency([agent], settings_path=str(folder / f"{name}.json"), temperature=0.3)


def stores_of(agent_id: str) -> Any:
    resources = get_openai_client().beta.assistants.retrieve(agent_id).tool_resources
    return resources.file_search.vector_store_ids if resources and resources.file_search else []


def wait_for_files(store_id: str) -> None:
    """Wait until the store's files can be found. The library doesn't."""
    for file in get_openai_client().vector_stores.files.list(store_id):
        get_openai_client().vector_stores.files.poll(
            file.id, vector_store_id=store_id, poll_interval_ms=50
        )


def heard(made: Any) -> Any:
    saw: dict[str, Any] = {"text": "", "marks": [], "calls": []}

    class Handler(AgencyEventHandler):  # type: ignore[misc]
        def on_text_delta(self, delta: Any, snapshot: Any) -> None:
            saw["text"] += delta.value
            saw["marks"] += [[mark.text, delta.value] for mark in delta.annotations or []]

        def on_tool_call_done(self, tool_call: Any) -> None:
            saw["calls"].append(tool_call.type)

        @classmethod
        def on_all_streams_end(cls) -> None:
            saw["ended"] = True

    return {**saw, "answer": made.get_completion_stream("How warm is it?", Handler)} | saw


def conversation() -> Any:
    made = agency("Tutor")
    return [made.get_completion(question) for question in ("What is 3 + 4?", "And times 2?")]


def called() -> Any:
    return agency("Caller", tools=[get_weather]).get_completion("How warm is it in Paris?")


def streamed_calls() -> Any:
    return heard(agency("Streamer", tools=[get_weather]))


def second_start() -> Any:
    """Start twice with files, and once more with other instructions, which modifies the agent."""
    files = str(folder / "files")
    first = agency("Librarian", files_folder=files)
    [agent] = first.agents
    before = [agent.id, stores_of(agent.id), agent.assistant.tools[0].to_dict()]
    wait_for_files(before[1][0])
    second = agency("Librarian", files_folder=files)
    third = agency("Librarian", files_folder=files, instructions="Be brief.")
    seen = [[one.agents[0].id, stores_of(one.agents[0].id)] for one in (second, third)]
    answer = heard(third)
    return {
        "stores": len(before[1]),
        "kept": [one == before[:2] for one in seen],
        "instructions": third.agents[0].assistant.instructions.strip(),
        "heard": answer,
    }


def code() -> Any:
    return heard(agency("Coder", tools=[CodeInterpreter]))


def deleted() -> Any:
    made = agency("Passing")
    [agent] = made.agents
    made.delete()
    try:
        get_openai_client().beta.assistants.retrieve(agent.id)
    except NotFoundError as error:
        return error.status_code


if __name__ == "__main__":
    TASKS = [conversation, called, streamed_calls, second_start, code, deleted]
    serve({task.__name__: task for task in TASKS})
