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
from django.views.decorators.http import require_http_methods, require_POST

from assistants_app.queries.people.members import username_like
from assistants_app.queries.project.access import user_of_link
from assistants_app.services.audit import coming_from, note_sign_in
from assistants_app.services.people.sessions import remove_expired
from assistants_app.services.project import guesses, projects
from assistants_app.web.http import author_of, client_address

logger = logging.getLogger(__name__)


class SignInForm(AuthenticationForm):
    """The form for a password, which takes a username in other letters, or an e-mail address."""

    def clean_username(self) -> str:
        """Return the username of the account that is meant."""
        return username_like(self.cleaned_data["username"])


class SignIn(LoginView):
    """The form for a password. After several wrong ones, the next attempt has to wait."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    extra_context = {"provider": settings.OIDC}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the password, unless it is too early for that."""
        # The account's own name, so that its guesses count together, whichever name is typed.
        self._attempt = guesses.PasswordAttempt(
            username=username_like(request.POST.get("username", "")),
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
            response = self._refuse(429, too_many(wait))
            response["Retry-After"] = str(wait)
            return response
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and remember the device."""
        response = super().form_valid(form)
        self._attempt.succeeded()
        complete_sign_in(self.request, response, "a password")
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again."""
        logger.warning("A wrong password came from %s.", client_address(self.request))
        return super().form_invalid(form)

    def _refuse(self, status: int, refusal: str) -> HttpResponse:
        context = {"refusal": refusal, "next": self.get_redirect_url(), **self.extra_context}
        return render(self.request, self.template_name, context, status=status)


sign_in = SignIn.as_view()


def complete_sign_in(request: HttpRequest, response: HttpResponseBase, way: str) -> None:
    """Do what follows each sign-in: remember the device, note it, and tidy up."""
    _remember_device(request, response)
    # A session that began with a sign-in at a provider was to end soon.
    request.session.set_expiry(None)
    logger.info("User %s signed in with %s from %s.", request.user.pk, way, client_address(request))
    with coming_from(client_address(request)):
        note_sign_in(user=author_of(request), way=way)
    remove_expired()


def too_many(seconds: int) -> str:
    """Return the message for somebody whose next password has to wait."""
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


def too_many_links(seconds: int) -> str:
    """Return the message for somebody whose next link has to wait."""
    words = ngettext(
        "Too many links that don't work. Wait %(count)d second, then try again.",
        "Too many links that don't work. Wait %(count)d seconds, then try again.",
        seconds,
    )
    return words % {"count": seconds}


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


@require_http_methods(["GET", "POST"])
def use_sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the button of a one-time link. Pressing it uses the link up and signs in."""
    # Opening the link changes nothing: scanners of mail and previews of chats open all links,
    # and some run the scripts of the page.
    attempt = guesses.TokenAttempt(client_address(request))
    if wait := attempt.wait():
        return _with_hidden_path(_refuse_link(request, wait))
    pressed = request.method == "POST"
    user = projects.use_sign_in_link(token=token) if pressed else user_of_link(token)
    if user is None:
        logger.warning("A sign-in link that doesn't work came from %s.", client_address(request))
        return _with_hidden_path(render(request, "accounts/link_used.html", status=410))
    attempt.succeeded()
    if not pressed:
        return _with_hidden_path(render(request, "accounts/use_link.html", {"owner": user}))
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    response = redirect("home")
    complete_sign_in(request, response, "a link")
    return response


def _refuse_link(request: HttpRequest, wait: int) -> HttpResponse:
    logger.warning("A sign-in link from %s has to wait %d s.", client_address(request), wait)
    context = {"refusal": too_many_links(wait)}
    response = render(request, "accounts/link_used.html", context, status=429)
    response["Retry-After"] = str(wait)
    return response


def _with_hidden_path(response: HttpResponse) -> HttpResponse:
    # The path has the token. With "no-referrer", browsers would also send `Origin: null` with the
    # form, which the check of forms refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")
