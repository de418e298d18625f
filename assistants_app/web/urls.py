"""URLs of the site."""

from django.urls import path

from assistants_app.web import accounts

urlpatterns = [
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:token>/", accounts.use_sign_in_link, name="use_sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
]
