"""The site's URLs. Those of the API are in ``assistants_app.api.urls`` (playground/asgi.py)."""

from django.urls import include, path

handler500 = "assistants_app.web.http.server_error"

urlpatterns = [path("", include("assistants_app.web.urls"))]
