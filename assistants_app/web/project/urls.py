"""URLs of accounts, endpoints, settings and usage, relative to the site's root."""

from django.urls import path

from assistants_app.web.project import (
    accounts,
    endpoints,
    projects,
    runs,
    search_index,
    settings,
    usage,
)

PROJECT = "p/<str:project_id>"
SETTINGS = f"{PROJECT}/settings"

urlpatterns = [
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:token>/", accounts.use_sign_in_link, name="use_sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path(f"{PROJECT}/projects/", projects.index, name="projects"),
    path(f"{PROJECT}/projects/menu/", projects.menu, name="projects_menu"),
    path(f"{SETTINGS}/name/", projects.rename, name="rename_project"),
    path(f"{SETTINGS}/delete/", projects.delete, name="delete_project"),
    path(f"{PROJECT}/usage/", usage.usage, name="usage"),
    path(f"{PROJECT}/usage/csv/", usage.usage_csv, name="usage_csv"),
    path(f"{PROJECT}/runs/", runs.runs, name="runs"),
    path(f"{PROJECT}/runs/csv/", runs.runs_csv, name="runs_csv"),
    path(f"{PROJECT}/search-index/<str:table>/", search_index.search_index, name="search_index"),
    path(f"{PROJECT}/models/", endpoints.models, name="models"),
    path(f"{PROJECT}/endpoints/", endpoints.endpoints, name="endpoints"),
    path(f"{PROJECT}/endpoints/use/", endpoints.use_model, name="use_model"),
    path(f"{PROJECT}/endpoints/use/undo/", endpoints.undo_use_model, name="undo_use_model"),
    path(
        f"{PROJECT}/endpoints/<str:endpoint_id>/delete/", endpoints.delete, name="delete_endpoint"
    ),
    path(f"{SETTINGS}/", settings.index, name="settings"),
    path(f"{SETTINGS}/keys/", settings.create_key, name="create_key"),
    path(f"{SETTINGS}/keys/<str:key_id>/revoke/", settings.revoke_key, name="revoke_key"),
    path(f"{SETTINGS}/endpoints/", settings.connect, name="connect_endpoint"),
    path(f"{SETTINGS}/endpoints/test/", settings.test, name="test_endpoint"),
    path(
        f"{SETTINGS}/endpoints/<str:endpoint_id>/remove/",
        settings.disconnect,
        name="remove_endpoint",
    ),
    path(f"{SETTINGS}/time-zone/", settings.set_time_zone, name="set_time_zone"),
    path(f"{SETTINGS}/time-zone/detected/", settings.detect_time_zone, name="detect_time_zone"),
    path(f"{SETTINGS}/prices/", settings.save_price, name="save_price"),
    path(f"{SETTINGS}/prices/known/", settings.use_known_prices, name="use_known_prices"),
    path(f"{SETTINGS}/prices/remove/", settings.remove_price, name="remove_price"),
]
