"""URLs of comparisons, relative to the site's root."""

from django.urls import path

from assistants_app.web.compare import columns_form, keeping, page, tapes, turns, values, votes
from assistants_app.web.compare import list as comparisons

COMPARE = "p/<str:project_id>/compare"
COMPARISON = f"{COMPARE}/<str:comparison_id>"
TAPES = "p/<str:project_id>/tapes"

urlpatterns = [
    path(f"{COMPARE}/", comparisons.index, name="comparisons"),
    path(f"{COMPARE}/new/", columns_form.new, name="new_comparison"),
    path(f"{COMPARE}/columns/", columns_form.columns, name="comparison_columns"),
    path(f"{COMPARISON}/", page.comparison, name="comparison"),
    path(f"{COMPARISON}/state/", page.state, name="comparison_state"),
    path(f"{COMPARISON}/frames/", page.frames, name="comparison_frames"),
    path(f"{COMPARISON}/changes/", page.changes, name="comparison_changes"),
    path(f"{COMPARISON}/messages/", turns.send, name="send_to_columns"),
    path(f"{COMPARISON}/values/", values.keep, name="comparison_values"),
    path(f"{COMPARISON}/values/load/", values.load, name="load_comparison_values"),
    path(f"{COMPARISON}/values/save/", values.save, name="save_comparison_values"),
    path(f"{COMPARISON}/values/delete/", values.delete, name="delete_comparison_values"),
    path(f"{COMPARISON}/outputs/", turns.answer, name="answer_columns"),
    path(f"{COMPARISON}/stop/", turns.stop, name="stop_columns"),
    path(f"{COMPARISON}/vote/", votes.vote, name="vote_on_comparison"),
    path(f"{COMPARISON}/reveal/", votes.reveal, name="reveal_comparison"),
    path(f"{COMPARISON}/title/", comparisons.rename, name="rename_comparison"),
    path(f"{COMPARISON}/delete/", comparisons.delete, name="delete_comparison"),
    path(f"{COMPARISON}/draft/", keeping.bring_back, name="bring_draft_back"),
    path(f"{TAPES}/", tapes.index, name="tapes"),
    path(f"{TAPES}/new/", tapes.new, name="new_tape"),
    path(f"{TAPES}/<str:tape_id>/", tapes.tape, name="tape"),
    path(f"{TAPES}/<str:tape_id>/name/", tapes.rename, name="rename_tape"),
    path(f"{TAPES}/<str:tape_id>/json/", tapes.export, name="export_tape"),
    path(f"{TAPES}/<str:tape_id>/delete/", tapes.delete, name="delete_tape"),
    path(f"{COMPARISON}/columns/<str:column_key>/keep/", keeping.keep, name="keep_column"),
]
