"""Who comes in from a provider, to which account."""

import pytest
from django.contrib.auth.models import User

from assistants_app.domain.people.sign_on import Identity, Provider, RoleRule
from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import Membership, VerifiedAddress
from assistants_app.services.people import admission
from assistants_app.services.people.admission import NotAdmitted, admit, grant_claimed_roles
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
BOB = Identity(subject="s", email="bob@example.org", email_verified=True, name="Bob")


def provider_for(cast: Cast, **more: object) -> Provider:
    usual = {"domains": frozenset({"example.org"}), "projects": (cast.project.id,)}
    return Provider(issuer="https://i", client_id="c", **{**usual, **more})  # type: ignore[arg-type]


def let_in(provider: Provider, identity: Identity, *, invited: bool = False) -> User:
    return admit(provider=provider, identity=identity, invited=invited, join=lambda user: None)


def test_only_a_trusted_provider_joins_by_address(cast: Cast) -> None:
    VerifiedAddress.objects.create(email=BOB.email, user=cast.bob)
    assert let_in(provider_for(cast, trusts_email=True), BOB) == cast.bob
    other = let_in(provider_for(cast), BOB)
    assert other != cast.bob
    assert VerifiedAddress.objects.get(email=BOB.email).user == cast.bob


def test_an_address_that_is_not_verified_joins_nobody(cast: Cast) -> None:
    VerifiedAddress.objects.create(email=BOB.email, user=cast.bob)
    unverified = Identity(subject="s", email=BOB.email)
    with pytest.raises(NotAdmitted):
        let_in(provider_for(cast, trusts_email=True), unverified)
    assert let_in(provider_for(cast, trusts_email=True), unverified, invited=True) != cast.bob


def test_who_is_invited_gets_no_role_but_that_of_the_invitation(cast: Cast) -> None:
    guest = let_in(provider_for(cast, domains=frozenset()), BOB, invited=True)
    assert not guest.memberships.exists()


def test_a_name_that_is_taken_gets_a_suffix(cast: Cast) -> None:
    first = let_in(provider_for(cast), BOB)
    second = let_in(provider_for(cast), BOB)
    assert first.username == BOB.email
    assert second.username.startswith(f"{BOB.email}-")
    nameless = let_in(provider_for(cast), Identity(subject="s"), invited=True)
    assert nameless.username == "person"


def test_nobody_is_created_if_the_account_cannot_be_joined(cast: Cast) -> None:
    def refuse(user: User) -> None:
        raise NotAdmitted

    before = User.objects.count()
    with pytest.raises(NotAdmitted):
        admit(provider=provider_for(cast), identity=BOB, invited=False, join=refuse)
    assert User.objects.count() == before


def test_a_project_that_is_gone_is_left_out(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    provider = provider_for(cast, projects=("proj_gone", cast.project.id))
    user = let_in(provider, BOB)
    assert list(user.memberships.values_list("project", "role")) == [(cast.project.id, VIEWER)]
    assert "There is no project proj_gone" in caplog.text


def test_roles_that_are_as_claimed_are_left_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    Membership.objects.filter(user=cast.bob).update(role=EDITOR)
    rules = (RoleRule("staff", EDITOR, cast.project.id),)
    provider = provider_for(cast, rules=rules)
    identity = Identity(subject="s", groups=frozenset({"staff"}))
    calls: list[object] = []
    monkeypatch.setattr(admission, "grant_role", lambda **given: calls.append(given))
    grant_claimed_roles(provider=provider, identity=identity, user=cast.bob)
    assert calls == []
    Membership.objects.filter(user=cast.bob).update(role=OWNER)
    grant_claimed_roles(provider=provider, identity=identity, user=cast.bob)
    assert calls == [{"project": cast.project, "user": cast.bob, "role": EDITOR}]
