"""The site's URLs. Those of the API are in ``assistants_app.api.urls`` (playground/asgi.py)."""

from django.urls import include, path

urlpatterns = [path("", include("assistants_app.web.urls"))]
