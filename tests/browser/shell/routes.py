"""The site's routes by what they are: screens, parts of them, acts and files."""

import re

from django.urls import URLPattern, URLResolver

from assistants_app.web.urls import urlpatterns

# Routes that return a part of an audited screen, or a redirect.
PARTS = {
    *("assistant_column", "assistant_choices", "thread_column", "assistant", "draft", "models"),
    *("thread_context", "run_log", "thread_frame", "thread_part", "find_in_thread"),
    *("search_panel", "store_files", "message_text", "compare_versions", "home", "search_index"),
    *("presence", "bell"),
    *("comparison_state", "comparison_frames", "comparison_changes"),
    "experiment_progress",
}
# Dialogs that other tests audit, or that a phone doesn't have.
OPENED_ELSEWHERE = {
    *("palette", "publish_draft", "edit_reply_schema", "edit_code", "session_preview"),
    *("cited_text", "file_preview", "endpoints", "pick_files", "draft_instructions"),
    "projects_menu",
    *("comment_on_message", "reply_to_comment", "edit_comment", "comment_menu", "comments"),
    *("ratings", "keep_column", "load_value_set", "run_values"),
    *("comparison_values", "load_comparison_values"),
}
ACTIONS = (
    *(
        "delete_",
        "create_",
        "export_",
        "remove_",
        "save_",
        "revoke_",
        "connect_",
        "test_endpoint",
        "send_",
    ),
    *("cancel_", "submit_", "retry_", "restore_", "discard_", "rebase_", "clone_", "fork_"),
    *(
        "clear_",
        "use_",
        "sign_out",
        "end_",
        "try_",
        "detach_",
        "check_",
        "rename_",
        "move_",
        "order_",
        "run_with",
    ),
    "forbid_",
    *(
        "set_",
        "detect_",
        "undo_",
        "version_as_",
        "run_as_",
        "archive_",
        "unarchive_",
        "repeat",
        "play_",
    ),
    *("resolve_", "reopen_", "rate_", "unrate_", "read_notices", "open_notice"),
    *("leave_", "renew_", "add_sample_", "update_", "attach_"),
    *("answer_", "vote_", "reveal_", "bring_", "comparison_columns"),
    *("grade_", "prefer_", "correct_"),
    *("start_", "pause_", "resume_", "extend_", "raise_", "experiment_variants", "experiment_plan"),
    "experiment_of_rows",
    *("run_options", "prepare_", "stop_", "reindex_", "store_settings", "store_file_settings"),
)
FILES = {
    *("file_content", "session_content", "run_events", "usage_csv", "runs_csv"),
    *("share_file", "share_json"),
    *("activity_ndjson", "test_file"),
}
# Screens that other tests audit.
AUDITED = {
    *("citation", "version_diff", "draft_diff", "store_file", "version", "beside", "notices"),
    *("instruction_comments", "share", "sharing", "invitation", "comparison"),
    *("experiment", "experiment_cell", "experiment_variant", "experiment_charts", "grading"),
}
# Screens that are opened here, with the names of the IDs in their URLs.
SCREENS = {
    "sign_in": (),
    "playground": ("project_id",),
    "assistants": ("project_id",),
    "threads": ("project_id",),
    "files": ("project_id",),
    "vector_stores": ("project_id",),
    "vector_store": ("project_id", "store_id"),
    "usage": ("project_id",),
    "runs": ("project_id",),
    "settings": ("project_id",),
    "activity": ("project_id",),
    "projects": ("project_id",),
    "account": ("project_id",),
    "confirm_address": ("project_id", "token"),
    "people": ("project_id",),
    "limits": ("project_id",),
    "test_sets": ("project_id",),
    "test_set": ("project_id", "set_id"),
    "test_row": ("project_id", "set_id", "row_key"),
    "test_checks": ("project_id", "set_id"),
    "import_tests": ("project_id",),
    "view_code": ("project_id",),
    "versions": ("project_id", "assistant_id"),
    "publish_gate": ("project_id", "assistant_id"),
    "run_trace": ("project_id", "run_id"),
    "divergence": ("project_id", "run_id", "other_run_id"),
    "comparisons": ("project_id",),
    "new_comparison": ("project_id",),
    "tapes": ("project_id",),
    "new_tape": ("project_id",),
    "tape": ("project_id", "tape_id"),
    "experiments": ("project_id",),
    "new_experiment": ("project_id",),
    "styleguide": (),
}


def routes() -> list[URLPattern]:
    """Return the routes of all wings."""
    return [
        route
        for wing in urlpatterns
        if isinstance(wing, URLResolver)
        for route in wing.url_patterns
        if isinstance(route, URLPattern)
    ]


def address(name: str, ids: dict[str, str]) -> str:
    [route] = [item.pattern for item in routes() if item.name == name]
    path = str(route)
    for noun in SCREENS[name]:
        path = re.sub(rf"<\w+:{noun}>", ids[noun], path)
    queries = {
        "playground": f"?a={ids['assistant_id']}&t={ids['thread_id']}",
        "view_code": f"?a={ids['assistant_id']}",
        "new_tape": f"?thread={ids['thread_id']}",
    }
    return f"/{path}{queries.get(name, '')}"


def only_acts(name: str) -> bool:
    """Return whether the route only accepts changes, or returns a file."""
    return name.startswith(ACTIONS) or name in FILES
