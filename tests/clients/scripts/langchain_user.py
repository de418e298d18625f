"""What users of LangChain's OpenAIAssistantRunnable write."""

import asyncio
from typing import Any

from langchain.agents import AgentExecutor
from langchain.agents.openai_assistant import OpenAIAssistantRunnable
from langchain_core.agents import AgentFinish
from langchain_core.tools import tool
from told import serve


@tool  # type: ignore[untyped-decorator]
def get_weather(location: str) -> str:
    """The weather of a place."""
    return f"11 degrees in {location}"


def runnable(**more: Any) -> Any:
    return OpenAIAssistantRunnable.create_assistant(
        name="Tutor",
        instructions="You are a tutor.",
        tools=more.pop("tools", []),
        model="scripted-1",
        check_every_ms=20,
        **more,
    )


def conversation() -> Any:
    assistant = runnable()
    [first] = assistant.invoke({"content": "What is 3 + 4?"})
    [second] = assistant.invoke({"content": "And times 2?", "thread_id": first.thread_id})
    return [message.content[0].text.value for message in (first, second)]


def function_calls() -> Any:
    """Run the loop from the library's own guide."""
    agent = runnable(tools=[get_weather], as_agent=True)
    response = agent.invoke({"content": "How warm is it in Paris?"})
    called = []
    while not isinstance(response, AgentFinish):
        outputs = []
        for action in response:
            called.append([action.tool, action.tool_input])
            output = get_weather.invoke(action.tool_input)
            outputs.append({"output": output, "tool_call_id": action.tool_call_id})
        ids = {"run_id": response[0].run_id, "thread_id": response[0].thread_id}
        response = agent.invoke({"tool_outputs": outputs, **ids})
    return {"called": called, "output": response.return_values["output"]}


def executor() -> Any:
    agent = runnable(tools=[get_weather], as_agent=True)
    done = AgentExecutor(agent=agent, tools=[get_weather]).invoke({"content": "Weather?"})
    return done["output"]


def asynchronous() -> Any:
    agent = runnable(tools=[get_weather], as_agent=True)
    # Asynchronous up to the calls: in this release, `ainvoke` cannot read a finished run.
    [action] = asyncio.run(agent.ainvoke({"content": "How warm is it in Paris?"}))
    outputs = [{"output": "11 degrees", "tool_call_id": action.tool_call_id}]
    ids = {"run_id": action.run_id, "thread_id": action.thread_id}
    response = agent.invoke({"tool_outputs": outputs, **ids})
    return {
        "called": [[action.tool, action.tool_input]],
        "output": response.return_values["output"],
    }


if __name__ == "__main__":
    tasks = [conversation, function_calls, executor, asynchronous]
    serve({task.__name__: task for task in tasks})
