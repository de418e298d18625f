"""Exports of a thread, compared with golden files that are reviewed like code."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistants_app.models import Assistant, Message, Project, Thread
from assistants_app.queries.threads.export import exported_threads
from assistants_app.rendering.threads.export import FORMATS
from assistants_app.wire.threads.messages import attachment, image_part, refusal_part, text_part
from tests.cast import make_run

GOLDEN = Path(__file__).with_name("golden")
BEGUN = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
HOSTILE = (
    "# Not a title of ours\n\n<script>alert(1)</script> [x](javascript:alert(1))\n\n"
    "| a | b |\n|---|--:|\n| 1 | <img src=x onerror=alert(1)> |\n\n"
    "```html\n</code></pre><script>alert(2)</script>\n```\n\n\\(x^2\\) and $120 & so on"
)


@pytest.fixture
def thread(db: None) -> Thread:
    """A thread with everything that a message can contain, including hostile text."""
    project = Project.objects.create(id="proj_golden", name="</title><script>alert(3)</script>")
    assistant = Assistant.objects.create(
        id="asst_golden", project=project, model="m", name="<b>Tutor</b>"
    )
    thread = Thread.objects.create(
        id="thread_golden", project=project, created_at=BEGUN, metadata={"customer": "42"}
    )
    run = make_run(
        project,
        thread,
        assistant,
        id="run_golden",
        created_at=BEGUN,
        expires_at=BEGUN,
        status="completed",
    )
    pixel = "data:image/png;base64,iVBORw0KGgo="
    remote = "https://example.org/spy.png"
    said: list[tuple[str, list[object], dict[str, object]]] = [
        ("user", [text_part("Is 1 < 2?\nReally & truly?")], {}),
        ("assistant", [text_part(HOSTILE)], {}),
        (
            "user",
            [
                text_part("See"),
                {"type": "image_url", "image_url": {"url": pixel, "detail": "auto"}},
                {"type": "image_url", "image_url": {"url": remote, "detail": "auto"}},
                image_part("file-golden"),
            ],
            {"attachments": [attachment("file-golden", "code_interpreter")]},
        ),
        (
            "assistant",
            [refusal_part("I will <not>.")],
            {"status": "incomplete", "incomplete_reason": "max_tokens"},
        ),
    ]
    for number, (role, content, columns) in enumerate(said):
        by = {"assistant_id": assistant.id, "run_id": run.id} if role == "assistant" else {}
        moment = BEGUN + timedelta(minutes=number)
        Message.objects.create(
            id=f"msg_{number}",
            thread=thread,
            role=role,
            content=content,
            created_at=moment,
            **by,
            **columns,
        )
    return thread


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_an_export_is_as_it_was_reviewed(thread: Thread, kind: str) -> None:
    write, _ = FORMATS[kind]
    text = "".join(write(thread.project, exported_threads(thread.project, [thread])))
    golden = GOLDEN / f"thread.{kind}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_page_contains_its_pictures(thread: Thread) -> None:
    write, _ = FORMATS["html"]
    url = "data:image/png;base64,QUJD"
    pictures = {"file-golden": url}
    found = exported_threads(thread.project, [thread], lambda file_id: pictures.get(file_id, ""))
    page = "".join(write(thread.project, found))
    assert f'<img src="{url}"' in page
    assert "file-golden" not in page


def test_a_page_has_no_script_and_loads_nothing(thread: Thread) -> None:
    write, _ = FORMATS["html"]
    page = "".join(write(thread.project, exported_threads(thread.project, [thread])))
    for hostile in ("<script", "<img src=x", 'href="javascript:', "<b>Tutor", "</title><"):
        assert hostile not in page
    assert 'src="http' not in page
    assert 'src="data:image/png' in page
