"""A kept column becomes a draft, and the draft before comes back for a day."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Assistant, AssistantDraft, Comparison, ReplacedDraft
from assistants_app.services.assistants.drafts import discard_draft, save_draft
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import create_comparison
from assistants_app.services.compare.keeping import bring_draft_back, keep_column
from assistants_app.services.runs.frozen import Source
from tests.cast import Cast
from tests.services.compare.made import columns_of, compare

pytestmark = pytest.mark.django_db(transaction=True)


def draft(cast: Cast) -> dict[str, Any] | None:
    found = AssistantDraft.objects.filter(assistant=cast.assistant, user=cast.bob).first()
    return found.changes if found else None


def keep(cast: Cast, comparison: Comparison, place: int) -> list[str]:
    return keep_column(
        project=cast.project,
        comparison_id=comparison.id,
        column_key=columns_of(comparison)[place].key,
        user=cast.bob,
    )


def bring_back(cast: Cast, comparison: Comparison) -> str:
    return bring_draft_back(project=cast.project, comparison_id=comparison.id, user=cast.bob)


def write(cast: Cast, **changes: Any) -> None:
    save_draft(project=cast.project, assistant_id=cast.assistant.id, user=cast.bob, changes=changes)


def test_a_column_becomes_the_draft_and_its_name_stays(cast: Cast) -> None:
    comparison = compare(cast, {"model": "one"}, {"model": "two", "temperature": 0.2})
    assert keep(cast, comparison, 1) == []
    assert draft(cast) == {"model": "two", "temperature": 0.2}


def test_the_draft_before_comes_back_whatever_happens_meanwhile(cast: Cast) -> None:
    comparison = compare(cast)
    write(cast, name="Mine", instructions="My own.")
    keep(cast, comparison, 0)
    assert draft(cast) != {"name": "Mine", "instructions": "My own."}
    # Twice, so that the undo of drafts has forgotten it.
    write(cast, instructions="Else.")
    discard_draft(project=cast.project, assistant_id=cast.assistant.id, user=cast.bob)
    assert bring_back(cast, comparison) == cast.assistant.id
    assert draft(cast) == {"name": "Mine", "instructions": "My own."}
    with pytest.raises(NotFound):
        bring_back(cast, comparison)


def test_two_kept_columns_are_taken_back_one_after_the_other(cast: Cast) -> None:
    comparison = compare(cast, {"model": "one"}, {"model": "two"})
    keep(cast, comparison, 0)
    keep(cast, comparison, 1)
    bring_back(cast, comparison)
    assert draft(cast) == {"model": "one"}
    bring_back(cast, comparison)
    assert draft(cast) is None


def test_a_second_click_leaves_the_draft_before_to_bring_back(cast: Cast) -> None:
    comparison = compare(cast)
    write(cast, instructions="My own.")
    keep(cast, comparison, 0)
    keep(cast, comparison, 0)
    assert ReplacedDraft.objects.count() == 1
    bring_back(cast, comparison)
    assert draft(cast) == {"instructions": "My own."}


def test_after_a_day_it_is_gone(cast: Cast) -> None:
    comparison = compare(cast)
    keep(cast, comparison, 0)
    ReplacedDraft.objects.update(replaced_at=timezone.now() - timedelta(days=1))
    with pytest.raises(NotFound):
        bring_back(cast, comparison)
    keep(cast, comparison, 1)
    assert ReplacedDraft.objects.count() == 1


def test_hidden_names_are_not_kept(cast: Cast) -> None:
    with pytest.raises(InvalidRequest, match="Vote first"):
        keep(cast, compare(cast, blind=True), 0)
    assert draft(cast) is None


def test_a_deleted_assistant_and_a_model_alone_have_no_draft(cast: Cast) -> None:
    alone = create_comparison(
        project=cast.project,
        user=cast.bob,
        columns=[ColumnChoice(Source(model="a")), ColumnChoice(Source(model="b"))],
    )
    with pytest.raises(NotFound):
        keep(cast, alone, 0)
    comparison = compare(cast)
    Assistant.objects.all().delete()
    with pytest.raises(NotFound):
        keep(cast, comparison, 0)
