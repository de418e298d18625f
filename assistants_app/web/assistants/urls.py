"""URLs of assistants and functions, relative to the site's root."""

from django.urls import path

from assistants_app.web.assistants import (
    column,
    drafts,
    functions,
    import_export,
    mocks,
    reply_schema,
    run_options,
    table,
    values,
    versions,
)
from assistants_app.web.assistants import list as assistant_list

PROJECT = "p/<str:project_id>"
ASSISTANTS = f"{PROJECT}/assistants"
ASSISTANT = f"{ASSISTANTS}/<str:assistant_id>"
DRAFT = f"{ASSISTANT}/draft"
MOCK = f"{ASSISTANT}/mocks/<str:function>"
FUNCTIONS = f"{PROJECT}/functions"

urlpatterns = [
    path(f"{ASSISTANTS}/", assistant_list.assistants, name="assistants"),
    path(f"{PROJECT}/run-with/", assistant_list.run_with, name="run_with"),
    path(f"{ASSISTANTS}/import/", import_export.import_, name="import_assistants"),
    path(f"{ASSISTANTS}/column/", column.column, name="assistant_column"),
    path(f"{ASSISTANTS}/choices/", column.choices, name="assistant_choices"),
    path(f"{ASSISTANTS}/archive/", table.archive, name="archive_assistants"),
    path(f"{ASSISTANTS}/unarchive/", table.unarchive, name="unarchive_assistants"),
    path(f"{ASSISTANTS}/export/", table.export_selected, name="export_assistants"),
    path(f"{ASSISTANTS}/delete/", table.delete_selected, name="delete_assistants"),
    path(f"{ASSISTANT}/", assistant_list.assistant, name="assistant"),
    path(f"{ASSISTANT}/rename/", table.rename, name="rename_assistant"),
    path(f"{ASSISTANT}/pin/", table.pin, name="set_assistant_pin"),
    path(f"{ASSISTANT}/delete/", assistant_list.delete, name="delete_assistant"),
    path(f"{ASSISTANT}/menu/", assistant_list.menu, name="assistant_menu"),
    path(f"{ASSISTANT}/run-options/", run_options.keep, name="run_options"),
    path(f"{ASSISTANT}/values/", values.keep, name="run_values"),
    path(f"{ASSISTANT}/values/load/", values.load, name="load_value_set"),
    path(f"{ASSISTANT}/values/save/", values.save, name="save_value_set"),
    path(f"{ASSISTANT}/values/delete/", values.delete, name="delete_value_set"),
    path(f"{ASSISTANT}/clone/", import_export.clone, name="clone_assistant"),
    path(f"{ASSISTANT}/export/<str:kind>/", import_export.export, name="export_assistant"),
    path(f"{ASSISTANT}/versions/", versions.index, name="versions"),
    path(f"{ASSISTANT}/versions/<int:number>/", versions.version, name="version"),
    path(f"{ASSISTANT}/versions/compare/", versions.compare, name="compare_versions"),
    path(f"{ASSISTANT}/versions/<int:old>/diff/<int:new>/", versions.diff, name="version_diff"),
    path(f"{ASSISTANT}/versions/<int:number>/restore/", versions.restore, name="restore_version"),
    path(f"{ASSISTANT}/versions/<int:number>/draft/", versions.draft, name="version_as_draft"),
    path(f"{ASSISTANT}/runs/<str:run_id>/draft/", versions.run_as_draft, name="run_as_draft"),
    path(f"{MOCK}/", mocks.tab, name="mock_tab"),
    path(f"{MOCK}/try/", mocks.try_out, name="try_mock"),
    path(f"{MOCK}/remove/", mocks.remove, name="remove_mock"),
    path(f"{DRAFT}/", drafts.draft, name="draft"),
    path(f"{DRAFT}/instructions/", drafts.instructions, name="draft_instructions"),
    path(f"{DRAFT}/diff/", drafts.diff, name="draft_diff"),
    path(f"{DRAFT}/discard/", drafts.discard, name="discard_draft"),
    path(f"{DRAFT}/undo/", drafts.undo, name="undo_draft"),
    path(f"{DRAFT}/rebase/", drafts.rebase, name="rebase_draft"),
    path(f"{DRAFT}/publish/", drafts.publish, name="publish_draft"),
    path(f"{FUNCTIONS}/edit/", functions.edit, name="edit_function"),
    path(f"{FUNCTIONS}/check/", functions.check, name="check_function"),
    path(f"{FUNCTIONS}/reply-schema/", reply_schema.edit, name="edit_reply_schema"),
    path(f"{FUNCTIONS}/reply-schema/check/", reply_schema.check, name="check_reply_schema"),
]
