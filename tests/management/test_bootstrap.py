"""`manage.py bootstrap` makes the first owner, and nobody an owner later."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import ApiKey, Membership, Project, SignInLink
from assistants_app.queries.project import access
from assistants_app.queries.project.access import find_api_key
from tests.cast import Cast

KEY = "sk-ap-the-first-key"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTSTRAP_API_KEY", KEY)


def bootstrap(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("bootstrap", "--json", *options, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def linked() -> User:
    [link] = SignInLink.objects.all()
    return link.user


@pytest.mark.django_db(transaction=True)
def test_the_first_start_makes_an_owner_and_the_next_ones_nothing() -> None:
    first = bootstrap()
    [member] = Membership.objects.all()
    assert (member.role, member.user.username) == (OWNER, "owner")
    assert first["project"] == member.project_id
    assert find_api_key(first["api_key"])
    assert bootstrap("--no-link") == {"project": first["project"], "api_key": KEY}
    assert [Model.objects.count() for Model in (User, Project, ApiKey, Membership)] == [1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_somebody_who_left_is_no_owner_again() -> None:
    bootstrap("--no-link")
    owner = Membership.objects.get()
    successor = User.objects.create_user("ada")
    Membership.objects.create(project=owner.project, user=successor, role=OWNER)
    owner.delete()
    ApiKey.objects.all().delete()
    access._found.clear()  # as in the process of another command
    # The key was deleted, so it isn't printed as if it worked.
    answer = bootstrap()
    assert set(answer) == {"project", "sign_in_path"}
    assert linked() == successor
    assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_link_is_for_an_owner_who_may_sign_in(cast: Cast) -> None:
    cast.alice.is_active = False
    cast.alice.save()
    answer = bootstrap()
    assert linked() == cast.charlie
    assert answer["project"] == cast.other_project.id
    assert not User.objects.filter(username="owner").exists()


@pytest.mark.django_db(transaction=True)
def test_without_an_owner_the_link_is_for_a_person_who_may_sign_in(cast: Cast) -> None:
    Membership.objects.filter(role=OWNER).update(role=EDITOR)
    assert set(bootstrap()) == {"sign_in_path"}
    assert linked() == cast.alice
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="Nobody can sign in"):
        bootstrap()


@pytest.mark.django_db
def test_a_member_has_the_least_role_unless_another_is_named(cast: Cast) -> None:
    member = Membership.objects.create(user=cast.charlie, project=cast.project)
    member.refresh_from_db()
    assert member.role == VIEWER
