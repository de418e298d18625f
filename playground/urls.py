"""The project's URLs: the API below /v1 and, for Azure's clients, /openai. All others are pages."""

from django.urls import include, path, re_path

from assistants_app.api.http import unknown_url

urlpatterns = [
    path("v1/", include("assistants_app.api.urls")),
    path("openai/v1/", include("assistants_app.api.urls")),
    path("openai/", include("assistants_app.api.urls")),
    # The roots of the API respond in the vendor's format too, and not with a page.
    re_path(r"^(?:v1|openai)$", unknown_url),
    path("", include("assistants_app.web.urls")),
]
