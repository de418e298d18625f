"""The pages of the site as the tests of rights walk them."""

from collections.abc import Mapping

from django.urls import resolve, reverse

from assistants_app.domain.rights import OWNER, RIGHTS
from tests.fuzz.site_routes import SiteRoute, site_routes

# Pages that belong to no project, with the reason why nobody needs a right to them.
WITHOUT_PROJECT = {
    "home": "leads to a project of the person, or says that there is none",
    "styleguide": "shows no rows, and is there in development alone",
    "invitation": "for everybody who has the link",
    "sign_in": "for people who are signed out",
    "use_sign_in_link": "for people who are signed out",
    "sign_out": "ends the person's own session",
    "share": "for everybody who has the link",
    "share_json": "for everybody who has the link",
    "share_file": "for everybody who has the link",
    "fork_share": "lets the person choose the project, whose right the act needs",
}

# Requests that need more than the right to their verb, with the role that members of one project
# need: only owners of a project create another one (`PROJECT_CREATORS`).
NEEDS_MORE = {("projects", "POST"): OWNER}


def routes() -> list[SiteRoute]:
    """Return every route of Django's resolver."""
    return site_routes()


def project_routes() -> list[SiteRoute]:
    """Return the routes of projects."""
    return [route for route in routes() if route.name not in WITHOUT_PROJECT]


def verbs_of(route: SiteRoute) -> Mapping[str, str]:
    """Return the verb that each HTTP method of a page needs the right to."""
    places = {
        name: 1 if converter == "IntConverter" else "x"
        for name, converter in route.converters.items()
    }
    view = resolve(reverse(route.name, kwargs=places)).func
    verbs: Mapping[str, str] = getattr(view, "verbs", {})
    return verbs


def role_needed(name: str, method: str, verb: str) -> str:
    """Return the least role that may send this request to the page of this name."""
    return NEEDS_MORE.get((name, method), RIGHTS[verb])
