"""The project's URLs: the API under /v1, the site everywhere else."""

from django.urls import include, path

urlpatterns = [
    path("v1/", include("assistants_app.api.urls")),
    path("", include("assistants_app.web.urls")),
]
