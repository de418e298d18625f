"""URLs of sign-in at the provider, which exist only if one is configured."""

from django.urls import path

from assistants_app.web.people import oidc

urlpatterns = [
    path("", oidc.start, name="oidc_start"),
    path("callback/", oidc.callback, name="oidc_callback"),
]
