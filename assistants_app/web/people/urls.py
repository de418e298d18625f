"""URLs of people and invitations, relative to the site's root."""

from django.urls import path

from assistants_app.web.people import accept, invitations, page

PEOPLE = "p/<str:project_id>/settings/people"
MEMBER = f"{PEOPLE}/members/<str:user_id>"
INVITATION = f"{PEOPLE}/invitations/<str:invitation_id>"

urlpatterns = [
    path("invitation/<str:token>/", accept.invitation, name="invitation"),
    path(f"{PEOPLE}/", page.people, name="people"),
    path(f"{PEOPLE}/leave/", page.leave, name="leave_project"),
    path(f"{MEMBER}/role/", page.change_role, name="set_role"),
    path(f"{MEMBER}/remove/", page.remove, name="remove_member"),
    path(f"{PEOPLE}/invitations/", invitations.create, name="create_invitation"),
    path(f"{INVITATION}/renew/", invitations.renew, name="renew_invitation"),
    path(f"{INVITATION}/revoke/", invitations.revoke, name="revoke_invitation"),
]
