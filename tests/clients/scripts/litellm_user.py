"""What users of litellm's functions for assistants write."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

# Without this, the import asks a server on the internet for prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402
import openai  # noqa: E402
from told import serve  # noqa: E402

MODEL = "scripted-1"
PROVIDERS: dict[str, dict[str, Any]] = {
    "openai": {"custom_llm_provider": "openai"},
    "azure": {
        "custom_llm_provider": "azure",
        "api_base": os.environ["AZURE_OPENAI_ENDPOINT"],
        "api_key": os.environ["AZURE_OPENAI_API_KEY"],
        "api_version": "2024-05-01-preview",
    },
}
where: dict[str, Any] = {}  # that of the task's provider


def assistant(**more: Any) -> Any:
    return litellm.create_assistants(
        model=MODEL, name="Tutor", instructions="You are a tutor.", **more, **where
    )


def thread() -> Any:
    made = litellm.create_thread(**where)
    litellm.add_message(thread_id=made.id, role="user", content="How warm is it in Paris?", **where)
    return made


def texts(thread_id: str) -> "list[str]":
    page = litellm.get_messages(thread_id=thread_id, **where)
    return [message.content[0].text.value for message in page.data]


def objects() -> Any:
    made = assistant()
    listed = litellm.get_assistants(**where)  # newest first; it passes no parameters on
    asked = thread()
    return {
        "listed": listed.data[0].id == made.id,
        "thread": litellm.get_thread(thread_id=asked.id, **where).id == asked.id,
        "texts": texts(asked.id),
        "deleted": litellm.delete_assistant(assistant_id=made.id, **where).deleted,
    }


def run() -> Any:
    asked = thread()
    done = litellm.run_thread(thread_id=asked.id, assistant_id=assistant().id, **where)
    return [done.status, texts(asked.id)[0]]


def streamed() -> Any:
    asked = thread()
    with litellm.run_thread_stream(
        thread_id=asked.id, assistant_id=assistant().id, **where
    ) as stream:
        text = "".join(stream.text_deltas)
    return [text, texts(asked.id)[0]]


def errors() -> Any:
    try:
        litellm.run_thread(thread_id=thread().id, assistant_id="asst_nobody", **where)
    except openai.NotFoundError as error:
        return [error.status_code, error.message]


def through(provider: str, task: Callable[[], Any]) -> Any:
    where.clear()
    where.update(PROVIDERS[provider])
    return task()


if __name__ == "__main__":
    # One program for both providers, because the import takes seconds.
    tasks = (objects, run, streamed, errors)
    serve(
        {
            f"{name} {task.__name__}": partial(through, name, task)
            for name in PROVIDERS
            for task in tasks
        }
    )
