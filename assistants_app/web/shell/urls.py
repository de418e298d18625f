"""URLs of the main screen and the palette, relative to the site's root."""

from django.urls import path

from assistants_app.web import presence
from assistants_app.web.shell import example, palette, playground, styleguide

PROJECT = "p/<str:project_id>"

urlpatterns = [
    path("", playground.home, name="home"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path(f"{PROJECT}/playground/", playground.playground, name="playground"),
    path(f"{PROJECT}/recorded-example/", example.play, name="play_example"),
    path(f"{PROJECT}/palette/", palette.palette, name="palette"),
    path(f"{PROJECT}/presence/<str:kinds>/", presence.presence, name="presence"),
]
