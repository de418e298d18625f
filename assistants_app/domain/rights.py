"""Roles, scopes of API keys, and the one table of who may do what."""

from typing import Final

OWNER, EDITOR, VIEWER = "owner", "editor", "viewer"
ROLES: Final = (VIEWER, EDITOR, OWNER)
"""All roles. Each may do what those before it may, and more."""

ALL, RUNS, READ = "all", "runs", "read"
SCOPES: Final = (READ, RUNS, ALL)
"""All scopes of API keys. Each allows what those before it allow, and more."""

# A verb is what a person or program wants to do. Those of writes are the names of acts
# (services/act.py). The rest belong to pages that only read, or that act on something other than
# rows. Each stands beside the least role that may do it.
RIGHTS: Final[dict[str, str]] = {
    # Reading
    "read": VIEWER,
    "read_people": VIEWER,
    "read_settings": EDITOR,
    "read_keys": EDITOR,
    "read_audit": OWNER,
    "note_export": VIEWER,
    # A person's own account
    "change_own_account": VIEWER,
    # Projects
    "rename_project": OWNER,
    "delete_project": OWNER,
    # Of one's own. Service keys, and keys of other people, are for owners.
    "create_api_key": EDITOR,
    # Who may make no more keys can still end those they have.
    "read_own_keys": VIEWER,
    "revoke_api_key": VIEWER,
    "create_service_key": OWNER,
    "revoke_any_key": OWNER,
    "ask_endpoints": EDITOR,
    "store_endpoint": OWNER,
    "disconnect_endpoint": OWNER,
    "set_price": OWNER,
    "set_known_prices": OWNER,
    "remove_price": OWNER,
    "set_limits": OWNER,
    "set_time_zone": EDITOR,
    # People. Invitations are accepted by those who aren't members yet.
    "change_role": OWNER,
    "grant_role": OWNER,
    "remove_member": OWNER,
    "leave_project": VIEWER,
    "create_invitation": OWNER,
    "renew_invitation": OWNER,
    "revoke_invitation": OWNER,
    "accept_invitation": VIEWER,
    "create_invited_account": VIEWER,
    # Assistants
    "create_assistant": EDITOR,
    "create_from_template": EDITOR,
    "clone_assistant": EDITOR,
    "import_assistants": EDITOR,
    "update_assistant": EDITOR,
    # Editors could open a gate that they may change.
    "set_gate": OWNER,
    "remove_gate": OWNER,
    "override_gate": OWNER,
    "pin_assistants": EDITOR,
    "archive_assistants": EDITOR,
    "delete_assistant": EDITOR,
    "change_models": EDITOR,
    "change_models_back": EDITOR,
    "restore_version": EDITOR,
    "save_draft": EDITOR,
    "discard_draft": EDITOR,
    "restore_as_draft": EDITOR,
    "take_settings_of_run": EDITOR,
    "undo": EDITOR,
    "rebase_draft": EDITOR,
    "publish_draft": EDITOR,
    "edit_function": EDITOR,
    "save_mock": EDITOR,
    "save_output": EDITOR,
    "remove_mock": EDITOR,
    "save_value_set": EDITOR,
    "save_value_sets": EDITOR,
    "delete_value_set": EDITOR,
    "delete_value_sets": EDITOR,
    # Threads
    "create_thread": EDITOR,
    "update_thread": EDITOR,
    "rename_thread": EDITOR,
    "delete_thread": EDITOR,
    "delete_threads": EDITOR,
    "add_example": EDITOR,
    "create_message": EDITOR,
    "edit_last_message": EDITOR,
    "update_message": EDITOR,
    "delete_message": EDITOR,
    "fork_thread": EDITOR,
    "edit_and_fork": EDITOR,
    "copy_message_to": EDITOR,
    "clear_thread": EDITOR,
    # Share links. An editor may revoke only their own.
    "create_share": EDITOR,
    "revoke_share": EDITOR,
    "revoke_any_share": OWNER,
    "read_shares": OWNER,
    "forbid_sharing": OWNER,
    "fork_shared_thread": EDITOR,
    # Comparisons
    "create_comparison": EDITOR,
    "compare_run": EDITOR,
    "send_to_columns": EDITOR,
    "answer_columns": EDITOR,
    "rename_comparison": EDITOR,
    "delete_comparison": EDITOR,
    "keep_column": EDITOR,
    "bring_draft_back": EDITOR,
    "vote_on_comparison": VIEWER,
    "reveal_comparison": OWNER,
    # What people say. Members may edit and delete only their own comments.
    "create_comment": VIEWER,
    "edit_comment": VIEWER,
    "delete_comment": VIEWER,
    "delete_any_comment": OWNER,
    "resolve_comment": VIEWER,
    "reopen_comment": VIEWER,
    "rate_message": VIEWER,
    "unrate_message": VIEWER,
    "read_notice": VIEWER,
    "read_all_notices": VIEWER,
    # Runs
    "create_run": EDITOR,
    "rerun": EDITOR,
    "repeat": EDITOR,
    "create_thread_and_run": EDITOR,
    "create_frozen_run": EDITOR,
    "update_run": EDITOR,
    "cancel_run": EDITOR,
    "send_held_run": EDITOR,
    "submit_tool_outputs": EDITOR,
    "set_run_options": EDITOR,
    "run_code": EDITOR,
    "record_tape": EDITOR,
    "rename_tape": EDITOR,
    "delete_tape": EDITOR,
    "call_model": EDITOR,
    # Files
    "create_file": EDITOR,
    "delete_file": EDITOR,
    "delete_files": EDITOR,
    "create_upload": EDITOR,
    "add_part": EDITOR,
    "complete_upload": EDITOR,
    "cancel_upload": EDITOR,
    # Vector stores
    "create_store": EDITOR,
    "update_store": EDITOR,
    "delete_store": EDITOR,
    "attach_file": EDITOR,
    "update_attributes": EDITOR,
    "detach_file": EDITOR,
    "detach_failed": EDITOR,
    "create_batch": EDITOR,
    "cancel_batch": EDITOR,
    "reindex_store": EDITOR,
    # Test sets
    "create_test_set": EDITOR,
    "add_sample_set": EDITOR,
    "update_test_set": EDITOR,
    "delete_test_set": EDITOR,
    "freeze_test_set": EDITOR,
    "add_test_row": EDITOR,
    "add_row_from_thread": EDITOR,
    "edit_test_cells": EDITOR,
    "replace_test_row": EDITOR,
    "add_checks": EDITOR,
    "move_test_rows": EDITOR,
    "order_test_columns": EDITOR,
    "rename_test_column": EDITOR,
    "delete_test_column": EDITOR,
    "delete_test_rows": EDITOR,
    "put_back_test_rows": EDITOR,
    "import_test_rows": EDITOR,
    "attach_test_file": EDITOR,
    "detach_test_file": EDITOR,
    # Experiments
    "create_experiment": EDITOR,
    "start_experiment": EDITOR,
    "pause_experiment": EDITOR,
    "resume_experiment": EDITOR,
    "cancel_experiment": EDITOR,
    "extend_experiment": EDITOR,
    "raise_budget": EDITOR,
    "retry_cells": EDITOR,
    "rename_experiment": EDITOR,
    "delete_experiment": EDITOR,
    "take_row": VIEWER,
    "grade_reply": VIEWER,
    "prefer_reply": VIEWER,
    "undo_grade": VIEWER,
    "correct_reply": EDITOR,
}

# Of writes, what a program needs that lets people talk to assistants which others have made.
_WRITES_OF_RUNS: Final = frozenset(
    (
        *("create_thread", "update_thread", "delete_thread"),
        *("create_message", "update_message", "delete_message"),
        *("create_run", "create_thread_and_run", "update_run", "cancel_run"),
        *("submit_tool_outputs", "call_model"),
        *("create_file", "create_upload", "add_part", "complete_upload", "cancel_upload"),
    )
)


def _is_in_scope(verb: str, scope: str) -> bool:
    if scope == ALL:
        return True
    return verb == "read" or (scope == RUNS and verb in _WRITES_OF_RUNS)


_MAY: Final = {
    (role, scope): frozenset(
        verb
        for verb, least in RIGHTS.items()
        if ROLES.index(least) <= ROLES.index(role) and _is_in_scope(verb, scope)
    )
    for role in ROLES
    for scope in SCOPES
}
_NOTHING: Final[frozenset[str]] = frozenset()


def can(role: str, verb: str, scope: str = ALL) -> bool:
    """Return whether somebody with this role may do it, with an API key of this scope."""
    # Nobody may do what the table doesn't have.
    return verb in _MAY.get((role, scope), _NOTHING)
