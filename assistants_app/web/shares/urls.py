"""URLs of share links, relative to the site's root."""

from django.urls import path

from assistants_app.web.shares import forks, links, page

PROJECT = "p/<str:project_id>"
SHARE = "s/<str:token>"
SHARING = f"{PROJECT}/settings/sharing"

urlpatterns = [
    path(f"{SHARE}/", page.share, name="share"),
    path(f"{SHARE}/json/", page.share_json, name="share_json"),
    path(f"{SHARE}/files/<str:number>/", page.share_file, name="share_file"),
    path(f"{SHARE}/fork/", forks.fork_share, name="fork_share"),
    path(f"{SHARING}/", links.sharing, name="sharing"),
    path(f"{SHARING}/forbid/", links.forbid_sharing, name="forbid_sharing"),
    path(f"{SHARING}/<str:share_id>/revoke/", links.revoke_share, name="revoke_share"),
    path(f"{PROJECT}/threads/<str:thread_id>/share/", links.share_thread, name="share_thread"),
]
