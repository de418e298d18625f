"""Reruns: the thread that gets the new answer, and the configuration that gives it."""

import pytest

from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.models import Assistant, Message, Run, Thread
from assistants_app.services.assistants import drafts
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.runs import requests as runs
from assistants_app.services.runs import requests as services
from assistants_app.services.runs.configuration import Requester, SeenDraft
from assistants_app.services.threads import requests as threads
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import image_part, text_part
from tests.cast import Cast, make_run


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


def say(thread: Thread, text: str, role: str = "user", run: Run | None = None) -> Message:
    message = Message(thread=thread, role=role, content=[text_part(text)])
    if run is not None:
        message.run_id = run.id
    message.save()
    return message


def texts(thread_id: str) -> list[str]:
    rows = Message.objects.filter(thread_id=thread_id).order_by("pk")
    return [row.content[0]["text"]["value"] for row in rows]


def rerun(cast: Cast, message: Message, **more: object) -> Run:
    wanted = {name: more.pop(name) for name in ("model", "assistant_id") if name in more}
    params = RunCreateParams.model_validate({"assistant_id": cast.assistant.id, **wanted})
    requester = Requester(version=more.pop("version", None))  # type: ignore[arg-type]
    return services.rerun(
        project=cast.project,
        thread_id=message.thread_id,
        message_id=message.id,
        params=params,
        requester=requester,
        **more,  # type: ignore[arg-type]
    )


def test_rerunning_a_reply_forks_the_thread_before_everything_its_run_wrote(cast: Cast) -> None:
    said = say(cast.thread, "I look.", "assistant", cast.run)
    reply = say(cast.thread, "It is 5.", "assistant", cast.run)
    say(cast.thread, "And then?")
    made = rerun(cast, reply, model="other")
    fork = made.thread
    assert texts(fork.id) == ["Secret"]
    assert (fork.forked_from_id, fork.forked_at_id) == (cast.thread.id, cast.message.id)
    assert (made.model, made.status) == ("other", "queued")
    assert texts(cast.thread.id) == ["Secret", "I look.", "It is 5.", "And then?"]
    assert texts(rerun(cast, said).thread_id) == ["Secret"]


def test_rerunning_a_question_forks_the_thread_after_it(cast: Cast) -> None:
    say(cast.thread, "It is 5.", "assistant", cast.run)
    assert texts(rerun(cast, cast.message).thread_id) == ["Secret"]
    edited = rerun(cast, cast.message, text="Open")
    assert texts(edited.thread_id) == ["Open"]
    assert texts(cast.thread.id) == ["Secret", "It is 5."]


def test_the_last_question_is_edited_and_answered_in_place(cast: Cast) -> None:
    cast.message.content = [*cast.message.content, image_part(cast.file.id)]
    cast.message.save()
    made = rerun(cast, cast.message, text="Open")
    assert made.thread_id == cast.thread.id
    cast.message.refresh_from_db()
    assert cast.message.content == [text_part("Open"), image_part(cast.file.id)]
    with pytest.raises(InvalidRequest, match="active run"):
        rerun(cast, cast.message, text="Again")
    assert texts(cast.thread.id) == ["Open"]


def test_a_refused_rerun_forks_nothing(cast: Cast) -> None:
    reply = say(cast.thread, "It is 5.", "assistant", cast.run)
    before = Thread.objects.count()
    for more, error in (
        ({"assistant_id": "asst_none"}, NotFound),
        ({"version": 7}, NotFound),
        ({"text": ""}, InvalidRequest),
    ):
        with pytest.raises(error):
            rerun(cast, reply, **more)
    with pytest.raises(NotFound):
        services.rerun(
            project=cast.other_project,
            thread_id=cast.thread.id,
            message_id=reply.id,
            params=RunCreateParams(assistant_id=cast.assistant.id),
        )
    assert Thread.objects.count() == before


@pytest.fixture
def versions(cast: Cast) -> Assistant:
    """An assistant with two versions and a draft of alice."""
    params = AssistantCreateParams(model="m", instructions="Be terse.")
    assistant = assistants.create_assistant(project=cast.project, params=params)
    assistants.update_assistant(
        project=cast.project,
        assistant_id=assistant.id,
        params=AssistantModifyParams(instructions="Be kind."),
    )
    drafts.save_draft(
        project=cast.project,
        assistant_id=assistant.id,
        user=cast.alice,
        changes={"instructions": "Be wild."},
    )
    return assistant


def test_a_run_can_use_any_version(cast: Cast, versions: Assistant) -> None:
    thread = cast.thread
    for version, draft_of, says, number in (
        (1, cast.alice, "Be terse.", 1),
        (2, None, "Be kind.", 2),
        (None, None, "Be kind.", 2),
        (None, cast.alice, "Be wild.", 2),
    ):
        made = runs.create_run(
            project=cast.project,
            thread_id=thread.id,
            params=RunCreateParams(assistant_id=versions.id, on_active_run="queue"),
            requester=Requester(version=version, draft_of=draft_of),
        )
        assert (made.instructions, made.version_number) == (says, number)
        assert made.used_draft == (says == "Be wild.")
    reply = say(thread, "Hm.", "assistant", cast.run)
    assert rerun(cast, reply, assistant_id=versions.id, version=1).instructions == "Be terse."
    with pytest.raises(NotFound):
        rerun(cast, reply, assistant_id=versions.id, version=3)


def test_a_title_leaves_the_other_metadata_of_a_thread(cast: Cast) -> None:
    cast.thread.metadata = {"customer": "42"}
    cast.thread.save()

    def rename(title: str) -> dict[str, str]:
        renamed = threads.rename_thread(project=cast.project, thread_id=cast.thread.id, title=title)
        return dict(renamed.metadata)

    assert rename("Sums") == {"customer": "42", "title": "Sums"}
    assert rename("") == {"customer": "42"}
    with pytest.raises(InvalidRequest):
        rename("x" * 513)
    assert make_run(cast.project, cast.thread, cast.assistant).thread.metadata == {"customer": "42"}


def repeat(cast: Cast, thread: Thread, **more: object) -> Run:
    params = RunCreateParams.model_validate({"assistant_id": cast.assistant.id})
    return services.repeat(project=cast.project, thread_id=thread.id, params=params, **more)  # type: ignore[arg-type]


def test_a_repeat_runs_the_last_user_message_in_a_fork_and_keeps_the_answer(cast: Cast) -> None:
    say(cast.thread, "It is 4.", "assistant", cast.run)
    asked = say(cast.thread, "And 3 + 3?")
    say(cast.thread, "It is 5.", "assistant", cast.run)
    made = repeat(cast, cast.thread)
    assert texts(made.thread_id) == ["Secret", "It is 4.", "And 3 + 3?"]
    assert (made.thread.forked_from_id, made.thread.forked_at_id) == (cast.thread.id, asked.id)
    assert texts(cast.thread.id)[-1] == "It is 5."


def test_a_message_without_an_answer_is_run_in_its_own_thread(cast: Cast) -> None:
    Run.objects.all().delete()
    assert repeat(cast, cast.thread).thread_id == cast.thread.id


def test_a_repeat_leaves_an_answer_alone_that_is_being_written(cast: Cast) -> None:
    running = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    made = repeat(cast, cast.thread)
    assert texts(made.thread_id) == ["Secret"]
    assert made.thread_id != cast.thread.id
    running.refresh_from_db()
    assert running.status == "in_progress"


def test_only_a_user_message_can_be_repeated(cast: Cast) -> None:
    empty = Thread.objects.create(project=cast.project)
    say(empty, "Hello", "assistant")
    with pytest.raises(InvalidRequest, match="no user message"):
        repeat(cast, empty)
    with pytest.raises(NotFound):
        repeat(cast, Thread(pk="thread_none"))


def test_a_repeat_refuses_a_draft_that_the_page_does_not_show(cast: Cast) -> None:
    seen = SeenDraft(cast.assistant.id, "another revision")
    with pytest.raises(Conflict):
        repeat(cast, cast.thread, requester=Requester(draft_of=cast.alice, seen=seen))
    assert Thread.objects.filter(forked_from_id=cast.thread.id).count() == 0
