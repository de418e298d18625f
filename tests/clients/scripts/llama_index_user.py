"""What users of LlamaIndex's OpenAIAssistantAgent write."""

import asyncio
from typing import Any

from llama_index.agent.openai import OpenAIAssistantAgent
from llama_index.core.tools import FunctionTool
from told import serve


def get_weather(location: str) -> str:
    """The weather of a place."""
    return f"11 degrees in {location}"


def agent(**more: Any) -> Any:
    return OpenAIAssistantAgent.from_new(
        name="Tutor",
        instructions="You are a tutor.",
        model="scripted-1",
        run_retrieve_sleep_time=0.02,
        **more,
    )


def conversation() -> Any:
    tutor = agent(instructions_prefix="Be brief.")
    answers = [str(tutor.chat(question)) for question in ("What is 3 + 4?", "And times 2?")]
    history = [[message.role.value, message.content] for message in tutor.chat_history]
    old = tutor.thread_id
    tutor.reset()
    return {
        "answers": answers,
        "history": history,
        "fresh": [tutor.thread_id != old, list(tutor.chat_history)],
    }


def function_calls() -> Any:
    weather = FunctionTool.from_defaults(fn=get_weather)
    answer = agent(tools=[weather], openai_tools=[]).chat("How warm is it in Paris?")
    return {
        "called": [[source.tool_name, source.raw_input["kwargs"]] for source in answer.sources],
        "output": str(answer),
    }


def asynchronous() -> Any:
    return str(asyncio.run(agent(temperature=0).achat("What is 3 + 4?")))


def found_again() -> Any:
    first = agent()
    first.chat("What is 3 + 4?")
    again = OpenAIAssistantAgent.from_existing(
        first.assistant.id, thread_id=first.thread_id, run_retrieve_sleep_time=0.02
    )
    again.chat("And times 2?")
    return [message.content for message in again.chat_history]


if __name__ == "__main__":
    tasks = [conversation, function_calls, asynchronous, found_again]
    serve({task.__name__: task for task in tasks})
