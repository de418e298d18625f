"""URLs of the site, from the URLs of each wing."""

from django.urls import include, path

WINGS = (
    *("shell", "people", "project", "assistants", "threads", "files", "stores", "shares"),
    *("compare", "experiments", "test_sets"),
)

urlpatterns = [path("", include(f"assistants_app.web.{wing}.urls")) for wing in WINGS]
