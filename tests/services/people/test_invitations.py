"""Invitations: who may give which role, what ends them, and that each lets in one person."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from assistants_app.domain.errors import ApiError, Forbidden, InvalidRequest, NotFound
from assistants_app.domain.rights import EDITOR, OWNER, ROLES, VIEWER
from assistants_app.models import Invitation, Membership, Project
from assistants_app.queries.people.invitations import find_invitation, list_invitations
from assistants_app.queries.people.members import role_of
from assistants_app.services.people import invitations as services
from assistants_app.services.people.accounts import save_profile, vouch_for_address
from assistants_app.services.people.invitations import InvitationEnded, OtherAddress
from assistants_app.services.people.members import change_role, leave_project, remove_member
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fast_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def invite(cast: Cast, role: str = EDITOR, email: str = "", days: int = 7) -> tuple[str, str]:
    """Return the ID and the token of a new invitation by alice."""
    made, token = services.create_invitation(
        project=cast.project, inviter=cast.alice, role=role, email=email, days=days
    )
    return made.id, token


def accept(cast: Cast, token: str, user: User) -> None:
    services.accept_invitation(project=cast.project, token=token, user=user)


def join(cast: Cast, token: str, **given: str) -> User:
    person = {"name": "Dora Diaz", "email": "dora@example.org", "password": PASSWORD, **given}
    return services.create_invited_account(project=cast.project, token=token, **person)


def states(cast: Cast) -> list[str]:
    return [item.state for item in list_invitations(cast.project)]


def test_the_token_is_random_and_only_its_hash_is_stored(cast: Cast) -> None:
    tokens = {invite(cast)[1] for _ in range(5)}
    assert {len(token) for token in tokens} == {43}
    rows = Invitation.objects.values()
    assert len(rows) == 5
    assert all(token not in str(row) for token in tokens for row in rows)


@pytest.mark.parametrize("role", ROLES)
def test_somebody_with_an_account_joins(cast: Cast, role: str) -> None:
    _, token = invite(cast, role)
    accept(cast, token, cast.charlie)
    assert role_of(cast.project, cast.charlie.pk) == role
    assert states(cast) == ["accepted"]
    assert find_invitation(token) is None


def test_somebody_new_gets_an_account(cast: Cast) -> None:
    _, token = invite(cast, VIEWER)
    user = join(cast, token, name="  Dora\u202e  Diaz ", email=" Dora@Example.org ")
    user.refresh_from_db()
    assert (user.get_full_name(), user.username) == ("Dora Diaz", "dora@example.org")
    assert user.email == "dora@example.org"
    assert user.check_password(PASSWORD)
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert role_of(cast.project, user.pk) == VIEWER


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", ""), ("name", " \0\u200b "), ("name", "x" * 151)),
        *(("email", ""), ("email", "dora"), ("email", "dora@example.org\0")),
        *(("email", '"\x01"@example.org'), ("email", "x" * 140 + "@example.org")),
        *(("email", "dora@example.org\nbcc: eve@example.org"), ("email", "ALICE@example.org")),
        *(("password", ""), ("password", "short"), ("password", "password")),
        *(("password", "correct\0horse"), ("password", "x" * 1025)),
    ],
)
def test_what_is_wrong_with_an_account_is_said_at_its_field(
    cast: Cast, field: str, value: str
) -> None:
    User.objects.filter(pk=cast.alice.pk).update(username="Alice@example.org")
    _, token = invite(cast)
    people = User.objects.count()
    with pytest.raises(InvalidRequest) as refused:
        join(cast, token, **{field: value})
    assert refused.value.param == field
    assert User.objects.count() == people
    assert states(cast) == ["open"]


def end_by(way: str, cast: Cast, row: str) -> None:
    project = cast.project
    found = Invitation.objects.filter(pk=row)
    change_role(project=project, user_id=cast.bob.pk, role=OWNER)
    if way == "used":
        found.update(accepted_at=timezone.now())
    elif way == "revoked":
        services.revoke_invitation(project=project, invitation_id=row)
    elif way == "expired":
        found.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif way == "replaced":
        services.renew_invitation(project=project, inviter=cast.alice, invitation_id=row)
    elif way == "inviter demoted":
        change_role(project=project, user_id=cast.alice.pk, role=EDITOR)
    elif way == "inviter removed":
        remove_member(project=project, user_id=cast.alice.pk)
    elif way == "inviter disabled":
        User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    elif way == "project deleted":
        Project.objects.filter(pk=project.pk).update(deleted_at=timezone.now())
    else:
        cast.alice.delete()


WAYS = ("used", "revoked", "expired", "replaced", "inviter demoted", "inviter removed")


@pytest.mark.parametrize("way", [*WAYS, "inviter disabled", "inviter deleted", "project deleted"])
@pytest.mark.parametrize("role", [VIEWER, OWNER])
def test_an_ended_invitation_lets_nobody_in(cast: Cast, way: str, role: str) -> None:
    row, token = invite(cast, role)
    end_by(way, cast, row)
    people = User.objects.count()
    assert find_invitation(token) is None
    with pytest.raises(InvitationEnded):
        accept(cast, token, cast.charlie)
    with pytest.raises(InvitationEnded):
        join(cast, token)
    assert role_of(cast.project, cast.charlie.pk) == ""
    assert User.objects.count() == people


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t.swapcase()])
def test_a_tampered_token_lets_nobody_in(cast: Cast, change: Callable[[str], str]) -> None:
    _, token = invite(cast)
    with pytest.raises(InvitationEnded):
        accept(cast, change(token), cast.charlie)


@pytest.mark.parametrize("token", ["", "\0", "x" * 100_000])
def test_odd_tokens_are_unknown(cast: Cast, token: str) -> None:
    assert find_invitation(token) is None


def test_a_token_opens_its_own_project_only(cast: Cast) -> None:
    _, token = invite(cast)
    with pytest.raises(InvitationEnded):
        services.accept_invitation(project=cast.other_project, token=token, user=cast.vera)
    assert role_of(cast.other_project, cast.vera.pk) == ""


def test_another_owner_takes_an_invitation_over_with_a_new_link(cast: Cast) -> None:
    row, _ = invite(cast, OWNER)
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    leave_project(project=cast.project, user_id=cast.alice.pk)
    assert states(cast) == ["without_inviter"]
    _, token = services.renew_invitation(project=cast.project, inviter=cast.bob, invitation_id=row)
    accept(cast, token, cast.charlie)
    assert role_of(cast.project, cast.charlie.pk) == OWNER


def test_a_new_link_works_as_long_as_the_first_one_did(cast: Cast) -> None:
    row, _ = invite(cast, days=30)
    end_by("expired", cast, row)
    made, token = services.renew_invitation(
        project=cast.project, inviter=cast.alice, invitation_id=row
    )
    assert made.expires_at - timezone.now() > timedelta(days=29)
    assert find_invitation(token) is not None


@pytest.mark.parametrize("inviter", ["bob", "vera", "charlie"])
@pytest.mark.parametrize("role", ROLES)
def test_only_owners_invite(cast: Cast, inviter: str, role: str) -> None:
    with pytest.raises(Forbidden):
        services.create_invitation(
            project=cast.project, inviter=getattr(cast, inviter), role=role, email="", days=7
        )
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("role", ""), ("role", "admin"), ("days", 0), ("days", 365)),
        *(("email", "dora"), ("email", "a@b"), ("email", "dora@example.org\0")),
        *(("email", "dora@example.org, eve@example.org"), ("email", "x" * 150 + "@example.org")),
    ],
)
def test_a_wrong_invitation_is_refused_at_its_field(
    cast: Cast, field: str, value: str | int
) -> None:
    given: dict[str, Any] = {"role": EDITOR, "email": "", "days": 7, field: value}
    with pytest.raises(InvalidRequest) as refused:
        services.create_invitation(project=cast.project, inviter=cast.alice, **given)
    assert refused.value.param == field
    assert not Invitation.objects.exists()


def test_nobody_is_invited_twice_at_the_same_time(cast: Cast) -> None:
    row, _ = invite(cast, email="dora@example.org")
    with pytest.raises(InvalidRequest, match="has an invitation already"):
        invite(cast, email=" DORA@example.org")
    end_by("expired", cast, row)
    invite(cast, email="dora@example.org")
    vouch_for_address(user=cast.vera, email="Vera@example.org")
    with pytest.raises(InvalidRequest, match="already a member"):
        invite(cast, email="vera@example.org")


def test_an_address_in_a_profile_neither_blocks_nor_takes_an_invitation(cast: Cast) -> None:
    for member in (cast.vera, cast.charlie):
        save_profile(user=member, name="", email="Dora@example.org")
    _, token = invite(cast, email="dora@example.org")
    with pytest.raises(OtherAddress):
        accept(cast, token, cast.charlie)
    dora = join(cast, token)
    assert role_of(cast.project, dora.pk) == EDITOR


def test_an_address_may_have_letters_of_any_script_in_its_domain(cast: Cast) -> None:
    _, token = invite(cast, email="Dora@Bücher.example")
    dora = join(cast, token, email="dora@BÜCHER.example")
    assert dora.email == "dora@bücher.example"


def test_a_project_has_a_limited_number_of_open_invitations(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_OPEN", 2)
    row, _ = invite(cast)
    invite(cast)
    with pytest.raises(InvalidRequest, match="Revoke those"):
        invite(cast)
    services.revoke_invitation(project=cast.project, invitation_id=row)
    invite(cast)


def test_a_bound_invitation_is_for_its_address(cast: Cast) -> None:
    _, token = invite(cast, email="dora@example.org")
    with pytest.raises(OtherAddress):
        accept(cast, token, cast.charlie)
    with pytest.raises(OtherAddress):
        join(cast, token, email="eve@example.org")
    assert not User.objects.filter(email="eve@example.org").exists()
    vouch_for_address(user=cast.charlie, email="Dora@Example.org")
    accept(cast, token, cast.charlie)
    assert role_of(cast.project, cast.charlie.pk) == EDITOR


def test_an_invitation_raises_a_members_role_and_never_lowers_it(cast: Cast) -> None:
    _, lower = invite(cast, VIEWER)
    _, same = invite(cast, OWNER)
    for token in (lower, same):
        accept(cast, token, cast.alice)
    assert role_of(cast.project, cast.alice.pk) == OWNER
    assert states(cast) == ["open", "open"]
    accept(cast, same, cast.vera)
    assert role_of(cast.project, cast.vera.pk) == OWNER
    assert sorted(states(cast)) == ["accepted", "open"]


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Do everything at the same moment, and return what went wrong."""

    def run(act: Callable[[], object]) -> Exception | None:
        try:
            act()
        except (ApiError, InvitationEnded) as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_many_who_accept_at_once_one_joins(cast: Cast) -> None:
    _, token = invite(cast)
    people = [User.objects.create_user(f"person-{number}") for number in range(4)]
    errors = at_once(
        *(lambda user=user: accept(cast, token, user) for user in people),
        lambda: join(cast, token),
    )
    assert [type(error) for error in errors if error] == [InvitationEnded] * 4
    assert Membership.objects.filter(project=cast.project).count() == 4


def test_a_second_press_of_the_button_joins_once(cast: Cast) -> None:
    _, token = invite(cast)
    errors = at_once(lambda: join(cast, token), lambda: join(cast, token))
    assert [type(error) for error in errors if error] == [InvitationEnded]
    assert User.objects.filter(email="dora@example.org").count() == 1


def test_two_invitations_that_are_accepted_at_once_make_one_account(cast: Cast) -> None:
    tokens = [invite(cast)[1] for _ in range(3)]
    errors = at_once(*(lambda token=token: join(cast, token) for token in tokens))
    assert [error.param for error in errors if isinstance(error, InvalidRequest)] == ["email"] * 2
    assert User.objects.filter(email="dora@example.org").count() == 1


def test_the_inviter_may_be_removed_while_somebody_accepts(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.bob.pk, role=OWNER)
    _, token = invite(cast, OWNER)
    errors = at_once(
        lambda: remove_member(project=cast.project, user_id=cast.alice.pk),
        lambda: accept(cast, token, cast.charlie),
    )
    assert errors[0] is None
    joined = role_of(cast.project, cast.charlie.pk) == OWNER
    assert joined == (errors[1] is None)


@pytest.mark.parametrize("act", [services.revoke_invitation, services.renew_invitation])
def test_a_strangers_invitation_is_not_there(cast: Cast, act: Callable[..., object]) -> None:
    row, token = invite(cast)
    who = {"inviter": cast.charlie} if act is services.renew_invitation else {}
    with pytest.raises(NotFound):
        act(project=cast.other_project, invitation_id=row, **who)
    services.accept_invitation(project=cast.project, token=token, user=cast.charlie)
    # Nor is a spent one.
    with pytest.raises(NotFound):
        act(project=cast.project, invitation_id=row, **({"inviter": cast.alice} if who else {}))
