"""Roles, removal and leaving: a project keeps an owner, also when two act at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection

from assistants_app.domain.errors import ApiError, Conflict, Forbidden, InvalidRequest, NotFound
from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import ApiKey, Membership
from assistants_app.queries.people.members import list_members
from assistants_app.queries.project.access import keys_allowed
from assistants_app.services.acting import acting, actor_of_member
from assistants_app.services.people.members import change_role, leave_project, remove_member
from assistants_app.services.project.projects import create_api_key
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def roles(cast: Cast) -> dict[str, str]:
    return {row.user.username: row.role for row in list_members(cast.project)}


def as_member(cast: Cast, user: User, act: Callable[[], object]) -> ApiError | None:
    """Do something as a member whose request has come already, and return the refusal."""
    try:
        with acting(actor_of_member(Membership.objects.get(project=cast.project, user=user))):
            act()
    except ApiError as error:
        return error
    return None


def test_an_owner_changes_roles(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    change_role(project=cast.project, user_id=cast.alice.pk, role=VIEWER)
    assert roles(cast) == {"bob": OWNER, "alice": VIEWER, "vera": VIEWER}


@pytest.mark.parametrize("role", ["", "admin", "Owner", "owner\0"])
def test_an_unknown_role_is_refused(cast: Cast, role: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        change_role(project=cast.project, user_id=cast.bob.pk, role=role)
    assert refused.value.param == "role"


@pytest.mark.parametrize(
    "act",
    [
        lambda cast: change_role(project=cast.project, user_id=cast.alice.pk, role=EDITOR),
        lambda cast: remove_member(project=cast.project, user_id=cast.alice.pk),
        lambda cast: leave_project(project=cast.project, user_id=cast.alice.pk),
    ],
)
def test_the_last_owner_stays(cast: Cast, act: Callable[[Cast], object]) -> None:
    with pytest.raises(Conflict) as refused:
        act(cast)
    assert "alice is the only owner" in refused.value.message
    # Somebody who can't sign in is no help.
    gone = User.objects.create_user("gone", is_active=False)
    Membership.objects.create(project=cast.project, user=gone, role=OWNER)
    with pytest.raises(Conflict):
        act(cast)
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    act(cast)
    assert roles(cast)["bob"] == OWNER


def test_the_only_owner_may_stay_owner(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.alice.pk, role=OWNER)
    assert roles(cast)["alice"] == OWNER


def test_who_is_no_member_is_not_found(cast: Cast) -> None:
    for act in (remove_member, leave_project):
        with pytest.raises(NotFound):
            act(project=cast.project, user_id=cast.charlie.pk)
    with pytest.raises(NotFound):
        change_role(project=cast.project, user_id=cast.charlie.pk, role=VIEWER)


@pytest.mark.parametrize("act", [remove_member, leave_project])
def test_who_goes_loses_the_keys_of_this_project(
    cast: Cast, act: Callable[..., Membership]
) -> None:
    Membership.objects.create(project=cast.other_project, user=cast.bob)
    here, _ = create_api_key(project=cast.project, name="here", user=cast.bob)
    elsewhere, _ = create_api_key(project=cast.other_project, name="elsewhere", user=cast.bob)
    veras, _ = create_api_key(project=cast.project, name="vera's", user=cast.vera)
    keys = {here.id, elsewhere.id, veras.id}
    assert keys_allowed(keys) == keys
    act(project=cast.project, user_id=cast.bob.pk)
    assert roles(cast) == {"alice": OWNER, "vera": VIEWER}
    assert keys_allowed(keys) == {elsewhere.id, veras.id}
    # Also if they come back.
    Membership.objects.create(project=cast.project, user=cast.bob, role=OWNER)
    assert keys_allowed(keys) == {elsewhere.id, veras.id}
    assert ApiKey.objects.filter(project=cast.project, user=None, revoked_at=None).exists()


def at_once(cast: Cast, acts: list[tuple[User, Callable[[], object]]]) -> list[ApiError | None]:
    """Let members do something at the same moment, with the roles that they have before."""
    members = Membership.objects.filter(project=cast.project)
    actors = {row.user_id: actor_of_member(row) for row in members}

    def run(user: User, act: Callable[[], object]) -> ApiError | None:
        try:
            with acting(actors[user.pk]):
                act()
        except ApiError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result() for done in [pool.submit(run, *one) for one in acts]]


def test_two_owners_who_leave_at_once_leave_one_behind(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    refused = at_once(
        cast,
        [
            (user, partial(leave_project, project=cast.project, user_id=user.pk))
            for user in (cast.alice, cast.bob)
        ],
    )
    assert [type(error) for error in refused if error] == [Conflict]
    assert list(roles(cast).values()) == [OWNER, VIEWER]


def test_two_owners_who_demote_or_remove_each_other_leave_one_behind(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    alice, bob = cast.alice.pk, cast.bob.pk
    [first, second] = at_once(
        cast,
        [
            (cast.alice, lambda: change_role(project=cast.project, user_id=bob, role=VIEWER)),
            (cast.bob, lambda: remove_member(project=cast.project, user_id=alice)),
        ],
    )
    # The slower one is no owner any more, or no member at all.
    [refusal] = [error for error in (first, second) if error]
    assert isinstance(refusal, Forbidden | NotFound)
    assert list(roles(cast).values()).count(OWNER) == 1


def test_a_role_that_changes_while_a_request_waits_counts(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    stale = actor_of_member(Membership.objects.get(project=cast.project, user=cast.bob))
    change_role(project=cast.project, user_id=cast.bob.pk, role=EDITOR)
    with acting(stale), pytest.raises(Forbidden):
        remove_member(project=cast.project, user_id=cast.vera.pk)
    remove_member(project=cast.project, user_id=cast.bob.pk)
    with acting(stale), pytest.raises(NotFound):
        remove_member(project=cast.project, user_id=cast.vera.pk)
    assert roles(cast) == {"alice": OWNER, "vera": VIEWER}


@pytest.mark.parametrize("name", ["bob", "vera"])
def test_only_owners_change_others_but_everybody_may_leave(cast: Cast, name: str) -> None:
    user = getattr(cast, name)
    project, alice = cast.project, cast.alice.pk
    for act in (
        lambda: change_role(project=project, user_id=user.pk, role=OWNER),
        lambda: remove_member(project=project, user_id=alice),
        lambda: remove_member(project=project, user_id=user.pk),
    ):
        assert isinstance(as_member(cast, user, act), Forbidden)
    assert as_member(cast, user, lambda: leave_project(project=project, user_id=user.pk)) is None
    assert name not in roles(cast)
