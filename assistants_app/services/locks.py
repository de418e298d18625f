"""Lock a row for the caller's transaction, so that writers take turns."""

from assistants_app.domain.configurations.origins import COMPARE
from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant, Project, Run, TestSet, Thread, VectorStore
from assistants_app.queries.sealing import require_open
from assistants_app.statements.threads import LockedThread, find_and_lock_thread


def lock_thread(project: Project, thread_id: str) -> Thread:
    """Lock the thread, so that its messages and runs are created one by one.

    Raises :class:`NotFound`.
    """
    # `no_key` throughout, unless the row is deleted: rows that refer to this one can still be
    # inserted, such as messages by a worker.
    rows = Thread.objects.select_for_update(no_key=True)
    try:
        # Not `first`, which adds an ORDER BY. Building that in the ORM takes longer than the query.
        thread = rows.get(project=project, pk=thread_id)
    except Thread.DoesNotExist:
        raise NotFound("thread", thread_id) from None
    if thread.origin == COMPARE:
        require_open(thread_id)
    return thread


def lock_thread_for(project: Project, thread_id: str, *, assistant_id: str = "") -> LockedThread:
    """Lock the thread like :func:`lock_thread`, and read what a new message or run needs.

    That is its active run, as of the moment before the lock, and the assistant if there is one of
    this id. Raises :class:`NotFound` for the thread.
    """
    locked = find_and_lock_thread(project.id, thread_id, assistant_id=assistant_id)
    if locked is None:
        raise NotFound("thread", thread_id)
    if locked.thread.origin == COMPARE:
        require_open(thread_id)
    return locked


def lock_assistant(project: Project, assistant_id: str) -> Assistant:
    """Lock the assistant, so that its versions are created one by one.

    Raises :class:`NotFound`.
    """
    rows = Assistant.objects.select_for_update(no_key=True)
    assistant = rows.filter(project=project, pk=assistant_id).first()
    if assistant is None:
        raise NotFound("assistant", assistant_id)
    return assistant


def lock_run(project: Project, thread_id: str, run_id: str) -> Run:
    """Lock the run. Raises :class:`NotFound`, for the thread if that doesn't exist either."""
    run = (
        Run.objects.select_for_update(no_key=True)
        .filter(project=project, thread_id=thread_id, pk=run_id)
        .first()
    )
    if run is None:
        if not Thread.objects.filter(project=project, pk=thread_id).exists():
            raise NotFound("thread", thread_id)
        raise NotFound("run", run_id)
    if run.origin == COMPARE:
        require_open(thread_id)
    return run


def lock_store(project: Project, store_id: str, *, for_delete: bool = False) -> VectorStore:
    """Lock the vector store. Raises :class:`NotFound`."""
    rows = VectorStore.objects.select_for_update(no_key=not for_delete)
    store = rows.filter(project=project, pk=store_id).first()
    if store is None:
        raise NotFound("vector store", store_id)
    return store


def lock_test_set(project: Project, set_id: str) -> TestSet:
    """Lock the test set, so that changes of its rows follow one another.

    Raises :class:`NotFound`.
    """
    rows = TestSet.objects.select_for_update(no_key=True)
    test_set = rows.filter(project=project, pk=set_id).first()
    if test_set is None:
        raise NotFound("test set", set_id)
    # Readers of the quota need the project, and the caller has it.
    test_set.project = project
    return test_set
