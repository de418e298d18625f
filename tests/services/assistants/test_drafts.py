"""Drafts are private, may be invalid, and never silently undo other people's changes."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.models import Assistant, AssistantDraft, AuditEntry, Run
from assistants_app.queries.assistants.versions import find_draft, get_version
from assistants_app.services.assistants import drafts
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.assistants.drafts import SavedDraft
from assistants_app.services.assistants.rebasing import divergence_of
from assistants_app.services.runs import requests as runs
from assistants_app.services.runs.configuration import Requester
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast


@pytest.fixture
def assistant(cast: Cast) -> Assistant:
    params = parse(AssistantCreateParams, {"model": "m", "name": "Tutor", "instructions": "Old."})
    return assistants.create_assistant(project=cast.project, params=params)


def save(assistant: Assistant, user: User, **changes: Any) -> SavedDraft:
    return drafts.save_draft(
        project=assistant.project, assistant_id=assistant.id, user=user, changes=changes
    )


def publish(assistant: Assistant, user: User, **options: Any) -> int:
    version = drafts.publish_draft(
        project=assistant.project, assistant_id=assistant.id, user=user, **options
    )
    return version.number


def test_a_draft_is_private_and_changes_nothing_yet(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, instructions="New.")
    save(assistant, cast.bob, name="Bob's")
    of_alice, of_bob = (
        find_draft(cast.project, assistant.id, user) for user in (cast.alice, cast.bob)
    )
    assert of_alice is not None
    assert of_bob is not None
    assert (of_alice.changes, of_bob.changes) == ({"instructions": "New."}, {"name": "Bob's"})
    assistant.refresh_from_db()
    assert (assistant.instructions, assistant.name) == ("Old.", "Tutor")


def test_the_last_write_of_a_field_wins(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, name="One", temperature=0)
    saved = save(assistant, cast.alice, name="Two")
    assert saved.draft is not None
    assert saved.draft.changes == {"name": "Two", "temperature": 0}
    assert saved.configuration["instructions"] == "Old."
    assert AssistantDraft.objects.count() == 1


def test_a_field_with_its_published_value_is_not_a_change(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, name="Two")
    assert save(assistant, cast.alice, name="Tutor").draft is None
    assert find_draft(cast.project, assistant.id, cast.alice) is None


def test_invalid_fields_are_saved_and_all_problems_are_reported_by_parameter(
    cast: Cast, assistant: Assistant
) -> None:
    changes = {
        "temperature": 3,
        "model": None,
        "tools": [
            {"type": "code_interpreter"},
            '{"name": ',
            {"type": "function", "function": {"name": "no spaces"}},
        ],
        "tool_resources": {"code_interpreter": {"file_ids": ["file-none"]}},
    }
    saved = save(assistant, cast.alice, **changes)
    assert set(saved.problems) == {
        "temperature",
        "model",
        "tools[1]",
        "tools[2].function.name",
        "tool_resources",
    }
    assert "Expected a value <= 2, but got 3 instead." in saved.problems["temperature"]
    assert "No file found with id 'file-none'" in saved.problems["tool_resources"]
    draft = find_draft(cast.project, assistant.id, cast.alice)
    assert draft is not None
    assert draft.changes == changes
    with pytest.raises(InvalidRequest, match="expected an object"):
        publish(assistant, cast.alice)
    assert find_draft(cast.project, assistant.id, cast.alice) is not None


@pytest.mark.parametrize(
    "changes", [{"nonsense": 1}, {"name": "a\0"}, {"instructions": "x" * 4_000_001}]
)
def test_values_that_cannot_be_stored_are_refused(
    cast: Cast, assistant: Assistant, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest):
        save(assistant, cast.alice, **changes)
    assert not AssistantDraft.objects.exists()


def test_publishing_creates_a_version_with_a_note_and_deletes_the_draft(
    cast: Cast, assistant: Assistant
) -> None:
    save(assistant, cast.alice, instructions="New.")
    assert publish(assistant, cast.alice, note="Kinder") == 2
    version = get_version(cast.project, assistant.id, 2)
    assert (version.note, version.source, version.author) == ("Kinder", "ui", cast.alice)
    assistant.refresh_from_db()
    assert assistant.instructions == "New."
    assert find_draft(cast.project, assistant.id, cast.alice) is None
    with pytest.raises(NotFound):
        publish(assistant, cast.alice)


def test_a_note_has_a_limited_length(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, name="Two")
    with pytest.raises(InvalidRequest, match="maximum length 1000"):
        publish(assistant, cast.alice, note="x" * 1001)


@pytest.fixture
def behind(cast: Cast, assistant: Assistant) -> Assistant:
    """An assistant: alice drafted its instructions, then bob published another name."""
    save(assistant, cast.alice, instructions="New.")
    save(assistant, cast.bob, name="Bob's")
    publish(assistant, cast.bob)
    assistant.refresh_from_db()
    return assistant


def test_a_draft_of_an_older_version_is_not_published(cast: Cast, behind: Assistant) -> None:
    with pytest.raises(Conflict) as refused:
        publish(behind, cast.alice)
    assert refused.value.http_status == 409
    assert find_draft(cast.project, behind.id, cast.alice) is not None
    assert Assistant.objects.get(pk=behind.id).version_number == 2


def test_rebasing_keeps_both_changes(cast: Cast, behind: Assistant) -> None:
    saved = drafts.rebase_draft(project=cast.project, assistant_id=behind.id, user=cast.alice)
    assert (saved.configuration["name"], saved.configuration["instructions"]) == ("Bob's", "New.")
    assert publish(behind, cast.alice) == 3
    behind.refresh_from_db()
    assert (behind.name, behind.instructions) == ("Bob's", "New.")


def test_rebasing_deletes_a_draft_without_remaining_changes(
    cast: Cast, assistant: Assistant
) -> None:
    for user in (cast.alice, cast.bob):
        save(assistant, user, name="Same")
    publish(assistant, cast.bob)
    saved = drafts.rebase_draft(project=cast.project, assistant_id=assistant.id, user=cast.alice)
    assert saved.draft is None
    assert find_draft(cast.project, assistant.id, cast.alice) is None


def test_rebasing_can_give_up_settings_and_be_undone(cast: Cast, behind: Assistant) -> None:
    save(behind, cast.alice, name="Alice's")
    saved = drafts.rebase_draft(
        project=cast.project, assistant_id=behind.id, user=cast.alice, onto=2, theirs=["name"]
    )
    assert (saved.configuration["name"], saved.configuration["instructions"]) == ("Bob's", "New.")
    drafts.undo(project=cast.project, assistant_id=behind.id, user=cast.alice)
    draft = find_draft(cast.project, behind.id, cast.alice)
    assert draft is not None
    assert draft.base_number == 1
    assert draft.changes == {"instructions": "New.", "name": "Alice's"}


def test_what_both_changed(cast: Cast, behind: Assistant) -> None:
    def apart() -> tuple[list[str], list[str], list[str]]:
        draft = find_draft(cast.project, behind.id, cast.alice)
        assert draft is not None
        found = divergence_of(behind, draft)
        return list(found.conflicts), list(found.only_mine), list(found.only_theirs)

    assert apart() == ([], ["instructions"], ["name"])
    save(behind, cast.alice, name="Alice's", temperature=1)
    assert apart() == (["name"], ["instructions", "temperature"], [])
    # Both have made the same change, so there is nothing to choose.
    save(behind, cast.alice, name="Bob's")
    assert apart() == ([], ["instructions", "temperature"], [])


def test_only_a_version_that_was_seen_is_rebased_onto_or_overwritten(
    cast: Cast, behind: Assistant
) -> None:
    save(behind, cast.bob, name="Bob's again")
    publish(behind, cast.bob)
    with pytest.raises(Conflict):
        drafts.rebase_draft(project=cast.project, assistant_id=behind.id, user=cast.alice, onto=2)
    with pytest.raises(Conflict):
        publish(behind, cast.alice, overwrites=2)
    assert publish(behind, cast.alice, overwrites=3) == 4


def test_the_audit_has_what_was_overwritten(cast: Cast, behind: Assistant) -> None:
    save(behind, cast.bob, name="Bob's again")
    publish(behind, cast.bob)
    publish(behind, cast.alice, overwrites=3)
    noted = AuditEntry.objects.filter(verb="publish", target_id=behind.id).order_by("pk")
    assert [entry.details for entry in noted][-2:] == [
        {"version": 3, "source": "ui"},
        {"version": 4, "source": "ui", "overwritten": [2, 3]},
    ]


def test_overwriting_publishes_the_whole_draft(cast: Cast, behind: Assistant) -> None:
    assert publish(behind, cast.alice, overwrites=2) == 3
    behind.refresh_from_db()
    assert (behind.name, behind.instructions) == ("Tutor", "New.")


def test_an_update_by_the_api_also_makes_drafts_outdated(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, instructions="New.")
    params = parse(AssistantModifyParams, {"temperature": 0})
    assistants.update_assistant(project=cast.project, assistant_id=assistant.id, params=params)
    with pytest.raises(Conflict):
        publish(assistant, cast.alice)


def test_discarding_deletes_the_draft(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, name="Two")
    drafts.discard_draft(project=cast.project, assistant_id=assistant.id, user=cast.alice)
    assert find_draft(cast.project, assistant.id, cast.alice) is None


def test_a_second_click_on_discard_can_be_undone_too(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, name="Two")
    for _ in range(2):
        drafts.discard_draft(project=cast.project, assistant_id=assistant.id, user=cast.alice)
    drafts.undo(project=cast.project, assistant_id=assistant.id, user=cast.alice)
    draft = find_draft(cast.project, assistant.id, cast.alice)
    assert draft is not None
    assert draft.changes == {"name": "Two"}


def run_of(cast: Cast, assistant: Assistant, user: User | None, **body: Any) -> Run:
    params = RunCreateParams.model_validate({"assistant_id": assistant.id, **body})
    return runs.create_run(
        project=cast.project,
        thread_id=cast.thread.id,
        params=params,
        requester=Requester(draft_of=user),
    )


def test_a_run_can_use_the_draft_of_its_author_and_records_that(
    cast: Cast, assistant: Assistant
) -> None:
    file_ids = {"code_interpreter": {"file_ids": [cast.file.id]}}
    tools = [{"type": "code_interpreter"}]
    save(assistant, cast.alice, instructions="New.", tools=tools, tool_resources=file_ids)
    run = run_of(cast, assistant, cast.alice, additional_instructions="More.")
    assert (run.instructions, run.tools, run.tool_resources) == ("New.\nMore.", tools, file_ids)
    assert (run.version_number, run.used_draft, run.draft_author) == (1, True, cast.alice)
    assert Assistant.objects.get(pk=assistant.id).instructions == "Old."


@pytest.mark.parametrize("name", ["bob", None])
def test_without_an_own_draft_a_run_uses_the_published_version(
    cast: Cast, assistant: Assistant, name: str | None
) -> None:
    save(assistant, cast.alice, instructions="New.")
    run = run_of(cast, assistant, getattr(cast, name) if name else None)
    assert (run.instructions, run.used_draft, run.draft_author) == ("Old.", False, None)


def test_the_run_of_a_new_thread_can_use_a_draft(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, model="other")
    params = ThreadAndRunCreateParams.model_validate({"assistant_id": assistant.id})
    run = runs.create_thread_and_run(
        project=cast.project, params=params, requester=Requester(draft_of=cast.alice)
    )
    assert (run.model, run.used_draft) == ("other", True)


def test_a_run_of_an_outdated_draft_uses_what_its_author_sees(
    cast: Cast, behind: Assistant
) -> None:
    run = run_of(cast, behind, cast.alice)
    assert (run.instructions, run.version_number, run.used_draft) == ("New.", 1, True)


def test_an_invalid_draft_starts_no_run(cast: Cast, assistant: Assistant) -> None:
    save(assistant, cast.alice, temperature="hot")
    with pytest.raises(InvalidRequest) as refused:
        run_of(cast, assistant, cast.alice)
    assert refused.value.param == "temperature"
    assert not Run.objects.filter(assistant_id=assistant.id).exists()


def test_strangers_cannot_save_or_find_drafts(cast: Cast, assistant: Assistant) -> None:
    with pytest.raises(NotFound):
        drafts.save_draft(
            project=cast.other_project,
            assistant_id=assistant.id,
            user=cast.charlie,
            changes={"name": "x"},
        )
    save(assistant, cast.alice, name="Two")
    assert find_draft(cast.other_project, assistant.id, cast.alice) is None
