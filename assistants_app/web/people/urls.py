"""URLs of pages about people, relative to the site's root."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from assistants_app.web.people import (
    accept,
    account,
    activity,
    address,
    invitations,
    page,
    talk_urls,
)

SETTINGS = "p/<str:project_id>/settings"
PEOPLE = f"{SETTINGS}/people"
MEMBER = f"{PEOPLE}/members/<str:user_id>"
INVITATION = f"{PEOPLE}/invitations/<str:invitation_id>"
ACCOUNT = "p/<str:project_id>/account"

urlpatterns: list[URLPattern | URLResolver] = [
    *talk_urls.urlpatterns,
    path(f"{SETTINGS}/activity/", activity.activity, name="activity"),
    path(f"{SETTINGS}/activity/ndjson/", activity.activity_ndjson, name="activity_ndjson"),
    path("invitation/<str:token>/", accept.invitation, name="invitation"),
    path(f"{PEOPLE}/", page.people, name="people"),
    path(f"{PEOPLE}/leave/", page.leave, name="leave_project"),
    path(f"{MEMBER}/role/", page.change_role, name="set_role"),
    path(f"{MEMBER}/remove/", page.remove, name="remove_member"),
    path(f"{PEOPLE}/invitations/", invitations.create, name="create_invitation"),
    path(f"{INVITATION}/renew/", invitations.renew, name="renew_invitation"),
    path(f"{INVITATION}/revoke/", invitations.revoke, name="revoke_invitation"),
    path(f"{ACCOUNT}/", account.account, name="account"),
    path(f"{ACCOUNT}/save/", account.save_account, name="save_account"),
    path(f"{ACCOUNT}/address/", address.send_link, name="send_address_link"),
    path(f"{ACCOUNT}/address/<str:token>/", address.confirm, name="confirm_address"),
    path(f"{ACCOUNT}/password/", account.set_password, name="set_password"),
    path(f"{ACCOUNT}/sessions/<str:session_id>/end/", account.end_session, name="end_session"),
    path(
        f"{ACCOUNT}/sign-out-everywhere/", account.sign_out_everywhere, name="sign_out_everywhere"
    ),
]

# Before `sign-in/<token>/`. Only then, because its modules import those of allauth.
if settings.OIDC:
    provider = include("assistants_app.web.people.oidc_urls")
    urlpatterns.insert(0, path("sign-in/oidc/", provider))
