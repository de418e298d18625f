"""URLs of a person's account, relative to the site's root."""

from django.urls import path

from assistants_app.web.people import account

ACCOUNT = "p/<str:project_id>/account"

urlpatterns = [
    path(f"{ACCOUNT}/", account.account, name="account"),
    path(f"{ACCOUNT}/save/", account.save_account, name="save_account"),
    path(f"{ACCOUNT}/password/", account.set_password, name="set_password"),
    path(f"{ACCOUNT}/sessions/<str:session_id>/end/", account.end_session, name="end_session"),
    path(
        f"{ACCOUNT}/sign-out-everywhere/", account.sign_out_everywhere, name="sign_out_everywhere"
    ),
]
