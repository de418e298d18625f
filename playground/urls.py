"""The project's URLs: the API under /v1 and, for Azure's clients, /openai; else the site."""

from django.urls import include, path

urlpatterns = [
    path("v1/", include("assistants_app.api.urls")),
    path("openai/v1/", include("assistants_app.api.urls")),
    path("openai/", include("assistants_app.api.urls")),
    path("", include("assistants_app.web.urls")),
]
