"""URLs of comparisons, relative to the site's root."""

from django.urls import path

from assistants_app.web.compare import columns_form, keeping, page, turns, votes
from assistants_app.web.compare import list as comparisons

COMPARE = "p/<str:project_id>/compare"
COMPARISON = f"{COMPARE}/<str:comparison_id>"

urlpatterns = [
    path(f"{COMPARE}/", comparisons.index, name="comparisons"),
    path(f"{COMPARE}/new/", columns_form.new, name="new_comparison"),
    path(f"{COMPARE}/columns/", columns_form.columns, name="comparison_columns"),
    path(f"{COMPARISON}/", page.comparison, name="comparison"),
    path(f"{COMPARISON}/state/", page.state, name="comparison_state"),
    path(f"{COMPARISON}/frames/", page.frames, name="comparison_frames"),
    path(f"{COMPARISON}/changes/", page.changes, name="comparison_changes"),
    path(f"{COMPARISON}/messages/", turns.send, name="send_to_columns"),
    path(f"{COMPARISON}/outputs/", turns.answer, name="answer_columns"),
    path(f"{COMPARISON}/stop/", turns.stop, name="stop_columns"),
    path(f"{COMPARISON}/vote/", votes.vote, name="vote_on_comparison"),
    path(f"{COMPARISON}/reveal/", votes.reveal, name="reveal_comparison"),
    path(f"{COMPARISON}/title/", comparisons.rename, name="rename_comparison"),
    path(f"{COMPARISON}/delete/", comparisons.delete, name="delete_comparison"),
    path(f"{COMPARISON}/draft/", keeping.bring_back, name="bring_draft_back"),
    path(f"{COMPARISON}/columns/<str:column_key>/keep/", keeping.keep, name="keep_column"),
]
