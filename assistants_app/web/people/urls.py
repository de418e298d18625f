"""URLs of pages about people, relative to the site's root."""

from django.urls import path

from assistants_app.web.people import activity

SETTINGS = "p/<str:project_id>/settings"

urlpatterns = [
    path(f"{SETTINGS}/activity/", activity.activity, name="activity"),
    path(f"{SETTINGS}/activity/ndjson/", activity.activity_ndjson, name="activity_ndjson"),
]
