"""Sign-in with a password or a one-time link, and sign-out."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from assistants_app.services.project import guesses, projects
from assistants_app.web.http import client_address

logger = logging.getLogger(__name__)


class SignIn(LoginView):
    """The form for a password. After several wrong ones, the next attempt has to wait."""

    template_name = "accounts/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the password, unless it is too early for that."""
        self._attempt = guesses.PasswordAttempt(
            username=request.POST.get("username", ""),
            address=client_address(request),
            device_token=request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""),
        )
        try:
            wait = self._attempt.wait()
        except guesses.CannotCount:
            # Without a limit, passwords could be guessed for as long as Redis is away.
            return self._refuse(
                503,
                _(
                    "Signing in with a password doesn't work at the moment. Try again in a minute, "
                    "or use a sign-in link."
                ),
            )
        if wait:
            # Without the name, in whose place people sometimes type their password.
            logger.warning("A password from %s has to wait %d s.", client_address(request), wait)
            response = self._refuse(429, _too_many(wait))
            response["Retry-After"] = str(wait)
            return response
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and remember the device."""
        response = super().form_valid(form)
        self._attempt.succeeded()
        _remember_device(self.request, response)
        _log_sign_in(self.request, "a password")
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again."""
        logger.warning("A wrong password came from %s.", client_address(self.request))
        return super().form_invalid(form)

    def _refuse(self, status: int, refusal: str) -> HttpResponse:
        context = {"refusal": refusal, "next": self.get_redirect_url()}
        return render(self.request, self.template_name, context, status=status)


sign_in = SignIn.as_view()


def _log_sign_in(request: HttpRequest, way: str) -> None:
    logger.info("User %s signed in with %s from %s.", request.user.pk, way, client_address(request))


def _too_many(seconds: int) -> str:
    if seconds < 120:
        words = ngettext(
            "Too many wrong passwords. Wait %(count)d second, then try again.",
            "Too many wrong passwords. Wait %(count)d seconds, then try again.",
            seconds,
        )
        return words % {"count": seconds}
    minutes = -(-seconds // 60)
    return _("Too many wrong passwords. Wait %(count)d minutes, then try again.") % {
        "count": minutes
    }


def _remember_device(request: HttpRequest, response: HttpResponseBase) -> None:
    assert request.user.is_authenticated, "somebody has just signed in"
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        guesses.device_token(request.user),
        max_age=guesses.DEVICE_SECONDS,
        path=reverse("sign_in"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


@require_GET
def use_sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with the one-time link that `make run` prints."""
    user = projects.use_sign_in_link(token=token)
    if user is None:
        logger.warning("A sign-in link that doesn't work came from %s.", client_address(request))
        return render(request, "accounts/link_used.html", status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    response = redirect("home")
    _remember_device(request, response)
    _log_sign_in(request, "a link")
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")
