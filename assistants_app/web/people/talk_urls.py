"""URLs of what people say, relative to the site's root."""

from django.urls import path

from assistants_app.web.people import comments, instructions, notices, ratings

PROJECT = "p/<str:project_id>"
MESSAGE = f"{PROJECT}/threads/<str:thread_id>/messages/<str:message_id>"
COMMENT = f"{PROJECT}/comments/<str:comment_id>"
VERSION = f"{PROJECT}/assistants/<str:assistant_id>/versions/<int:number>"

urlpatterns = [
    path(f"{MESSAGE}/comment/", comments.comment, name="comment_on_message"),
    path(f"{MESSAGE}/comments/", comments.of_message, name="comments"),
    path(f"{MESSAGE}/rate/", ratings.rate, name="rate_message"),
    path(f"{MESSAGE}/unrate/", ratings.unrate, name="unrate_message"),
    path(f"{MESSAGE}/ratings/", ratings.ratings, name="ratings"),
    path(f"{COMMENT}/reply/", comments.reply, name="reply_to_comment"),
    path(f"{COMMENT}/edit/", comments.edit, name="edit_comment"),
    path(f"{COMMENT}/menu/", comments.menu, name="comment_menu"),
    path(f"{COMMENT}/delete/", comments.delete, name="delete_comment"),
    path(f"{COMMENT}/resolve/", comments.resolve, name="resolve_comment"),
    path(f"{COMMENT}/reopen/", comments.reopen, name="reopen_comment"),
    path(f"{VERSION}/comments/", instructions.comments, name="instruction_comments"),
    path(f"{PROJECT}/notices/", notices.index, name="notices"),
    path(f"{PROJECT}/notices/bell/", notices.bell, name="bell"),
    path(f"{PROJECT}/notices/read/", notices.read_all, name="read_notices"),
    path(f"{PROJECT}/notices/<str:notice_id>/open/", notices.open_notice, name="open_notice"),
]
