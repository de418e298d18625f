"""Sign-in with a password or a one-time link, and sign-out."""

from django.contrib.auth import login, logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from assistants_app.services.project import projects

sign_in = LoginView.as_view(template_name="accounts/sign_in.html")


@require_GET
def use_sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with the one-time link that `make run` prints."""
    user = projects.use_sign_in_link(token=token)
    if user is None:
        return render(request, "accounts/link_used.html", status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")
