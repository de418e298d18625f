"""The code interpreter through the SDK: code, outputs, figures, files and errors."""

import json
from typing import Any

import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.sdk.code.steps import answered, calls_of, code, logs_of, result_shown_to_model
from tests.sdk.steps import ask, reply_of

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("import sympy\nx = sympy.symbols('x')\nsympy.solve(3 * x + 11 - 14, x)", "[1]"),
        (
            "balance, years = 100_000.0, 0\nwhile balance < 300_000:\n"
            "    balance = (balance + 5_000) * 1.05\n    years += 1\nprint(years, 'years')",
            "14 years",
        ),
        ("print(f'{(2 ** (1 / 20) - 1) * 100:.2f} %')", "3.53 %"),
    ],
)
def test_results_reach_the_step_and_the_model(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider, source: str, result: str
) -> None:
    provider.enqueue(code(source), Reply(text=f"It is {result}."))
    thread = ask(client)
    run = answered(client, coder, thread)
    [call] = calls_of(client, run)
    assert call.code_interpreter.input == source
    assert logs_of(call).strip() == result
    assert result_shown_to_model(provider).strip() == result
    assert reply_of(client, thread) == f"It is {result}."
    [asked, _] = provider.completions
    [tool] = asked["tools"]
    assert tool["function"]["name"] == "code_interpreter"
    assert tool["function"]["parameters"]["required"] == ["code"]


def test_code_and_its_output_are_streamed(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    source = 'for number in range(3):\n    print("line", number)\n"last — \\u00e9"'
    provider.enqueue(code(source), Reply(text="Done."))
    written, logs = "", ""
    with client.beta.threads.runs.create(ask(client), assistant_id=coder.id, stream=True) as stream:
        for event in stream:
            if event.event != "thread.run.step.delta":
                continue
            details = event.data.delta.step_details
            assert details is not None
            assert details.type == "tool_calls"
            for call in details.tool_calls or []:
                assert call.type == "code_interpreter"
                assert call.code_interpreter is not None
                written += call.code_interpreter.input or ""
                for output in call.code_interpreter.outputs or []:
                    assert output.type == "logs"
                    logs += output.logs or ""
    assert written == source
    assert logs == "line 0\nline 1\nline 2\n'last — é'\n"


SALES = b"month,sales\nJan,10\nFeb,\nMar,30\n"
CHART = """
import pandas as pd, matplotlib.pyplot as plt
frame = pd.read_csv('/mnt/data/sales.csv').dropna()
frame.to_csv('/mnt/data/clean sales.csv', index=False)
frame.plot(x='month', y='sales')
plt.show()
"""


def test_a_table_becomes_a_chart_in_the_message_and_a_file_to_download(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    sales = client.files.create(file=("sales.csv", SALES), purpose="assistants")
    link = "sandbox:/mnt/data/clean sales.csv"
    text = f"Here is the chart, and the [clean table]({link})."
    provider.enqueue(code(CHART), Reply(text=text))
    thread = client.beta.threads.create(
        messages=[
            {
                "role": "user",
                "content": "Chart it",
                "attachments": [{"file_id": sales.id, "tools": [{"type": "code_interpreter"}]}],
            }
        ]
    ).id
    run = answered(client, coder, thread)
    assert "sales.csv" in provider.completions[0]["tools"][0]["function"]["description"]
    [message] = client.beta.threads.messages.list(thread, run_id=run.id).data
    image, words = message.content
    assert image.type == "image_file"
    assert client.files.content(image.image_file.file_id).content.startswith(PNG)
    [call] = calls_of(client, run)
    [figure] = [item for item in call.code_interpreter.outputs if item.type == "image"]
    assert figure.image.file_id == image.image_file.file_id
    assert words.type == "text"
    assert words.text.value == text
    [annotation] = words.text.annotations
    assert annotation.type == "file_path"
    assert annotation.text == link == text[annotation.start_index : annotation.end_index]
    clean = client.files.retrieve(annotation.file_path.file_id)
    assert (clean.filename, clean.purpose) == ("clean sales.csv", "assistants_output")
    assert client.files.content(clean.id).content == b"month,sales\nJan,10.0\nMar,30.0\n"
    assert message.attachments is not None
    assert [attachment.file_id for attachment in message.attachments] == [clean.id]


def test_a_link_is_streamed_with_its_annotation(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    link = "sandbox:/mnt/data/o.txt"
    text = f"🎉 see [o]({link}) end"
    made = "open('/mnt/data/o.txt', 'w').write('o')"
    provider.enqueue(code(made), Reply(chunks=list(text)))
    with client.beta.threads.runs.stream(thread_id=ask(client), assistant_id=coder.id) as stream:
        deltas = [
            part.text
            for event in stream
            if event.event == "thread.message.delta"
            for part in event.data.delta.content or []
            if part.type == "text" and part.text
        ]
        [message] = stream.get_final_messages()
    assert "".join(str(delta.value) for delta in deltas) == text
    assert deltas[0].annotations == []
    [linked] = [delta for delta in deltas[1:] if delta.annotations is not None]
    assert linked.value == link
    [streamed] = linked.annotations or []
    assert (streamed.index, streamed.start_index, streamed.end_index) == (0, 10, 10 + len(link))
    [part] = message.content
    assert part.type == "text"
    [stored] = part.text.annotations
    assert streamed.to_dict() == {"index": 0, **stored.to_dict()}


def test_the_model_sees_its_error_and_corrects_it(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(code("print(numbr)"), code("print(7)", "call_2"), Reply(text="7"))
    run = answered(client, coder, ask(client))
    first, second = calls_of(client, run)
    assert "NameError: name 'numbr' is not defined" in logs_of(first)
    assert logs_of(second) == "7\n"
    results = [row for row in provider.completions[1]["messages"] if row["role"] == "tool"]
    assert "NameError" in results[0]["content"]


def test_documents_are_read(client: OpenAI, coder: Assistant, provider: ScriptedProvider) -> None:
    make = """
import openpyxl, docx
book = openpyxl.Workbook(); book.active.append(['a', 42]); book.save('/mnt/data/book.xlsx')
import matplotlib.pyplot as plt
figure = plt.figure(); figure.text(.1, .5, 'Invoice 4711'); figure.savefig('/mnt/data/page.pdf')
plt.close(figure)
"""
    provider.enqueue(code(make), Reply(text="[b](sandbox:/mnt/data/book.xlsx)"))
    thread = ask(client)
    run = answered(client, coder, thread)
    [message] = client.beta.threads.messages.list(thread, run_id=run.id).data
    made = [attachment.file_id for attachment in message.attachments or []]
    assert {client.files.retrieve(str(file)).filename for file in made} == {"book.xlsx", "page.pdf"}
    read = (
        "import pandas as pd, pypdf\n"
        "print(pd.read_excel('/mnt/data/book.xlsx', header=None).iloc[0, 1])\n"
        "print(pypdf.PdfReader('/mnt/data/page.pdf').pages[0].extract_text())"
    )
    provider.enqueue(code(read), Reply(text="ok"))
    other = client.beta.threads.create(
        messages=[{"role": "user", "content": "Read"}],
        tool_resources={"code_interpreter": {"file_ids": [str(file) for file in made]}},
    ).id
    [call] = calls_of(client, answered(client, coder, other))
    assert logs_of(call) == "42\nInvoice 4711\n"


@pytest.mark.parametrize("choice", ["required", {"type": "code_interpreter"}])
def test_a_forced_tool_runs_once(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider, choice: Any
) -> None:
    provider.enqueue(code("print(5)"), Reply(text="Five."))
    answered(client, coder, ask(client), tool_choice=choice)
    forced, free = [sent.get("tool_choice") for sent in provider.completions]
    named = {"type": "function", "function": {"name": "code_interpreter"}}
    assert forced == (choice if choice == "required" else named)
    assert free is None


def test_arguments_without_code_are_an_error_for_the_model(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    wrong = Reply(tool_calls=[ToolCall("code_interpreter", '{"source": 1}', id="call_1")])
    provider.enqueue(wrong, code("print(1)", "call_2"), Reply(text="ok"))
    run = answered(client, coder, ask(client))
    results = [row for row in provider.completions[1]["messages"] if row["role"] == "tool"]
    assert "The arguments must be JSON with one string" in results[0]["content"]
    assert logs_of(calls_of(client, run)[1]) == "1\n"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (r'{"code":"print(\"\u017c\u0000\")"}', 'print("ż\ufffd")'),
        (r'{"code":"print(\"\ud83d\")"}', 'print("\ufffd")'),
    ],
)
def test_code_that_cannot_be_stored_is_mended_once(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider, written: str, stored: str
) -> None:
    provider.enqueue(
        Reply(tool_calls=[ToolCall("code_interpreter", written, id="call_1")]), Reply(text="ok")
    )
    [call] = calls_of(client, answered(client, coder, ask(client)))
    assert call.code_interpreter.input == stored
    assert "\ufffd" in logs_of(call)


def test_models_without_tool_calls_use_it_through_constrained_replies(
    client: OpenAI, provider: ScriptedProvider
) -> None:
    assistant = client.beta.assistants.create(
        model="scripted-without-tools", tools=[{"type": "code_interpreter"}]
    )
    refusal = {"error": {"message": "this model does not support tools"}}
    call = {"tool": "code_interpreter", "arguments": {"code": "print(5)"}}
    provider.enqueue(
        Reply(status=400, body=refusal), Reply(text=json.dumps(call)), Reply(text="Five.")
    )
    thread = ask(client)
    [done] = calls_of(client, answered(client, assistant, thread))
    assert (done.code_interpreter.input, logs_of(done)) == ("print(5)", "5\n")
    assert reply_of(client, thread) == "Five."
    assert "Result of code_interpreter: 5" in str(provider.completions[-1]["messages"])


def test_a_turn_may_call_functions_and_code(client: OpenAI, provider: ScriptedProvider) -> None:
    assistant = client.beta.assistants.create(
        model=MODEL,
        tools=[
            {"type": "code_interpreter"},
            {"type": "function", "function": {"name": "get_weather"}},
        ],
    )
    both = [
        ToolCall("code_interpreter", json.dumps({"code": "print(2)"}), id="call_code"),
        ToolCall("get_weather", "{}", id="call_weather"),
    ]
    provider.enqueue(Reply(tool_calls=both), Reply(text="fine"))
    thread = ask(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.required_action is not None
    waiting = run.required_action.submit_tool_outputs.tool_calls
    assert [call.id for call in waiting] == ["call_weather"]
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread,
        tool_outputs=[{"tool_call_id": "call_weather", "output": "sunny"}],
        poll_interval_ms=20,
    )
    assert run.status == "completed"
    results = [row for row in provider.completions[-1]["messages"] if row["role"] == "tool"]
    assert [row["content"].strip() for row in results] == ["2", "sunny"]


def test_a_function_cannot_take_the_tools_name(client: OpenAI) -> None:
    tools: Any = [
        {"type": "code_interpreter"},
        {"type": "function", "function": {"name": "code_interpreter"}},
    ]
    with pytest.raises(Exception, match="is the name of another tool"):
        client.beta.assistants.create(model=MODEL, tools=tools)
