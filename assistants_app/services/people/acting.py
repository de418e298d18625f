"""Who acts, for the wings that deal with people."""

from assistants_app.services.acting import (
    Actor,
    acting,
    actor_of_key,
    actor_of_member,
    current_actor,
)

__all__ = ["Actor", "acting", "actor_of_key", "actor_of_member", "current_actor"]
