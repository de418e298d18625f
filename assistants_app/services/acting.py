"""Who acts: the person or API key on whose behalf this request is carried out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from assistants_app.domain.errors import Forbidden
from assistants_app.domain.rights import ALL, EDITOR, OWNER, RIGHTS, SCOPES, VIEWER, can
from assistants_app.models import ApiKey, Membership
from assistants_app.queries.sealing import reading_as

_PEOPLE = {VIEWER: "members", EDITOR: "editors and owners", OWNER: "owners"}
WIDER_SCOPE = "Use a key with a wider scope."


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in a project, or an API key of it (then `key_id` is set).

    `role` is the one that counts at this moment. `scope` limits an API key further.
    """

    project_id: str
    role: str
    user_id: int | None = None
    key_id: str | None = None
    scope: str = ALL

    def may(self, verb: str) -> bool:
        """Return whether the actor has the right."""
        return can(self.role, verb, self.scope)

    def require(self, verb: str, hint: str = WIDER_SCOPE) -> None:
        """Raise :class:`Forbidden` if the actor lacks the right.

        With an API key whose scope is too narrow, the `hint` says what to do.
        """
        if can(self.role, verb, self.scope):
            return
        needed = RIGHTS.get(verb, OWNER)
        if can(self.role, verb):
            # Like the vendor's error for a restricted key.
            wider = next(scope for scope in SCOPES if can(self.role, verb, scope))
            raise Forbidden(
                f"You have insufficient permissions for this operation. Missing scopes: {wider}. "
                f"This API key has the scope {self.scope}. {hint}",
                needed=needed,
            )
        whose = "this API key" if self.key_id else "you"
        raise Forbidden(
            f"Only {_PEOPLE[needed]} of this project can do this, and the role of {whose} is "
            f"{self.role}. Ask an owner of the project.",
            needed=needed,
        )


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Let the acts in this block be those of the actor."""
    token = _actor.set(actor)
    try:
        with reading_as(actor.user_id):
            yield actor
    finally:
        _actor.reset(token)


def current_actor() -> Actor | None:
    """Return who acts, or None if it is the system itself: a worker, or a command."""
    return _actor.get()


def require_right(verb: str, hint: str = WIDER_SCOPE) -> None:
    """Raise :class:`Forbidden` like :meth:`Actor.require` if somebody acts who lacks the right.

    For what an act does beside what its own verb says.
    """
    if actor := current_actor():
        actor.require(verb, hint)


def has_right(*verbs: str) -> bool:
    """Return whether who acts has all of these rights. The system itself has."""
    actor = current_actor()
    return actor is None or all(map(actor.may, verbs))


def actor_of_member(membership: Membership) -> Actor:
    """Return the member of a project as an actor."""
    return Actor(membership.project_id, membership.role, user_id=membership.user_id)


def actor_of_key(key: ApiKey) -> Actor:
    """Return the API key as an actor. Makes no query."""
    if key.user_id is not None:
        role = key.member_role or VIEWER
        return Actor(key.project_id, role, user_id=key.user_id, key_id=key.id, scope=key.scope)
    # A service key does an editor's work. No program may hand out keys or connect endpoints.
    return Actor(key.project_id, EDITOR, key_id=key.id, scope=key.scope)
