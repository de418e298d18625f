"""The project's URLs: the API under /v1 and, for Azure's clients, /openai; then the site."""

from django.urls import include, path, re_path

from assistants_app.api.http import unknown_url

urlpatterns = [
    path("v1/", include("assistants_app.api.urls")),
    path("openai/v1/", include("assistants_app.api.urls")),
    path("openai/", include("assistants_app.api.urls")),
    re_path(r"^(?:v1|openai)$", unknown_url),
    path("", include("assistants_app.web.urls")),
]
