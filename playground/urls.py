"""The project's URLs: the API below /v1 and for Azure's clients. All others are pages."""

from django.urls import include, path, re_path

from assistants_app.api.http import unknown_url, wrong_address

API = include("assistants_app.api.urls")
# Azure AI Foundry's clients have a project in their path, and `get_openai_client` adds to it.
FOUNDRY = "api/projects/<str:foundry_project>"

urlpatterns = [
    path("v1/", API),
    path("openai/v1/", API),
    path("openai/deployments/<str:deployment>/", API),
    path("openai/", API),
    path(f"{FOUNDRY}/openai/v1/", API),
    path(f"{FOUNDRY}/openai/deployments/<str:deployment>/", API),
    path(f"{FOUNDRY}/openai/", API),
    path(f"{FOUNDRY}/", API),
    # The roots of the API respond in the vendor's format too, and not with a page.
    re_path(r"^(?:v1|openai)$", unknown_url),
    path("", include("assistants_app.web.urls")),
    re_path(r"", wrong_address),
]
