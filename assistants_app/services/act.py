"""The one door for acts: every write that a person or a client asks for."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar, cast

from django.db import IntegrityError, transaction

from assistants_app.domain.configurations.origins import LISTED, PAGE
from assistants_app.domain.errors import NotFound
from assistants_app.events.projects import (
    ASSISTANTS,
    EXPERIMENTS,
    STORES,
    TESTS,
    THREADS,
    project_changed,
)
from assistants_app.models import Project
from assistants_app.services.acting import current_actor
from assistants_app.services.receipts import Attempt, current_attempt, made_before, record

P = ParamSpec("P")
T = TypeVar("T")

VERBS: dict[str, Callable[..., object]] = {}
"""All acts by their verb, such as ``create_run``."""


# What open pages load again after an act. Not after messages and runs: a page has the thread's own
# events, and a list of threads that changed with each message would never be still.
_TOPICS = {
    ASSISTANTS: (
        *("create_assistant", "create_from_template", "clone_assistant", "import_assistants"),
        *("update_assistant", "pin_assistants", "archive_assistants", "delete_assistant"),
        *("change_models", "change_models_back", "restore_version", "publish_draft"),
    ),
    THREADS: (
        *("create_thread", "create_thread_and_run", "add_example", "update_thread"),
        *("rename_thread", "clear_thread", "fork_thread", "edit_and_fork", "delete_thread"),
        "delete_threads",
    ),
    STORES: (
        *("create_store", "update_store", "delete_store", "attach_file", "create_batch"),
        *("detach_file", "detach_failed", "cancel_batch"),
    ),
    TESTS: (
        *("create_test_set", "add_sample_set", "update_test_set", "delete_test_set"),
        *("freeze_test_set", "add_test_row", "add_row_from_thread", "edit_test_cells"),
        *("replace_test_row", "delete_test_rows", "import_test_rows", "add_checks"),
        *("attach_test_file", "detach_test_file", "move_test_rows", "rename_test_column"),
        *("order_test_columns", "delete_test_column", "put_back_test_rows"),
    ),
    EXPERIMENTS: (
        *("create_experiment", "start_experiment", "pause_experiment", "resume_experiment"),
        *("cancel_experiment", "extend_experiment", "retry_cells", "rename_experiment"),
        *("raise_budget", "delete_experiment"),
    ),
}
_TOPIC_OF = {verb: topic for topic, verbs in _TOPICS.items() for verb in verbs}


def act(*needs: Callable[[Project], None]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a service that a person or a client asks for. Its keyword `project` says for whom.

    - The person or API key that acts needs the right to do it, which has the service's name
      (`domain/rights.py`). Without it, :class:`Forbidden` is raised.
    - The service runs in a transaction of its own. What it passes to `publish_on_commit` follows
      the commit.
    - Open pages of the project load again what shows the change.
    - A repeated request gets what the first one made. The receipt is committed with the act.
    - Each of `needs` is called before the service, unless the request is a repeated one. It raises
      :class:`ApiError` if there is no room for what the service makes.
    """

    def decorate(service: Callable[P, T]) -> Callable[P, T]:
        verb = service.__name__.lstrip("_")
        if verb in VERBS:
            raise ValueError(f"Two acts have the verb {verb}.")
        # The rights of the actor count in this project, so it must not slip in by position.
        kind = signature(service).parameters["project"].kind
        if kind is not Parameter.KEYWORD_ONLY:
            raise TypeError(f"The act {verb} must take `project` by keyword only.")
        topic = _TOPIC_OF.get(verb)

        @wraps(service)
        def carry_out(*args: P.args, **kwargs: P.kwargs) -> T:
            if actor := current_actor():
                actor.require(verb)
                project = cast(Project, kwargs["project"])
                # The actor's role counts in its own project only.
                if project.id != actor.project_id:
                    raise NotFound("project", project.id)
            attempt = current_attempt()
            if attempt and attempt.earlier:
                return cast(T, made_before(attempt.earlier))
            for require in needs:
                require(cast(Project, kwargs["project"]))
            made = _in_transaction(service, attempt, args, kwargs)
            # Lists don't show the threads of comparisons and experiments.
            if topic and getattr(made, "origin", PAGE) in LISTED:
                project_changed(cast(Project, kwargs["project"]).id, topic)
            return made

        VERBS[verb] = carry_out
        return carry_out

    return decorate


def _in_transaction(
    service: Callable[..., T], attempt: Attempt | None, args: Any, kwargs: dict[str, Any]
) -> T:
    try:
        with transaction.atomic(durable=True):
            made = service(*args, **kwargs)
            if attempt:
                record(attempt, made)
            return made
    except (IntegrityError, Project.DoesNotExist):
        _require_living(kwargs.get("project"))
        raise


def _require_living(project: Project | None) -> None:
    # A request that takes long, such as an upload, may end after its project.
    if project and not Project.objects.filter(pk=project.pk, deleted_at=None).exists():
        raise NotFound("project", project.pk) from None
