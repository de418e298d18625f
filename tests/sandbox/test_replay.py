"""A replayed session is rebuilt in a real interpreter."""

import pytest

from assistants_app.gateway import endpoints
from assistants_app.providers.endpoint import Endpoint
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.tools.code_interpreter import call as code_call
from assistants_app.tools.code_interpreter import outputs
from tests.cast import Cast
from tests.engine.tapes.taped import Taped, call, calls_of, notes_of, shown_outputs
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

FIRST = """
import matplotlib.pyplot as plt
numbers = [int(line) for line in open('numbers.txt')]
plt.plot(numbers)
plt.show()
open('sums.csv', 'w').write(str(sum(numbers)))
print(sum(numbers))
"""


@pytest.fixture
def taped(
    cast: Cast,
    provider: ScriptedProvider,
    sandbox: LocalSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Taped:
    endpoint = Endpoint(name="Scripted", base_url=provider.base_url, api_key="key")
    monkeypatch.setattr(endpoints, "endpoints_of", lambda *_: [endpoint])
    for module in (code_call, outputs):
        monkeypatch.setattr(module, "sandbox", lambda: sandbox)
    return Taped(cast, provider)


def test_recorded_code_runs_again_in_the_session_of_another_thread(
    taped: Taped, sandbox: LocalSandbox
) -> None:
    thread = taped.thread()
    taped.attach(thread, "numbers.txt", b"1\n2\n39\n")
    source = taped.run(thread, call("code_interpreter", FIRST), Reply(text="42"))
    assert source.status == "completed", source.last_error
    tape = taped.record(source)

    # This thread has no file of its own.
    more = "print(numbers[-1], open('sums.csv').read())"
    run = taped.replay(
        tape,
        call("code_interpreter", FIRST),
        call("code_interpreter", more),
        Reply(text="39"),
        code="tape",
        on_miss="live",
    )
    assert run.status == "completed", run.last_error
    assert shown_outputs(taped.scripted) == [
        "[A figure was drawn and is shown to the user.]\n42\n[Saved: sandbox:/mnt/data/sums.csv]",
        "39 42",
    ]
    assert notes_of(run)[1]["rebuilt"] == [{"position": 0, "ended": "ok"}]
    assert [file["name"] for file in calls_of(run)[0]["result"]["files"]] == ["sums.csv"]
    for used in (thread.id, run.thread_id):
        sandbox.close(used)
