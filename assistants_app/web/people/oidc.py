"""Sign-in at an OpenID Connect provider. Only imported if one is configured.

allauth does the protocol, and knows which account belongs to which subject. Who is let in is
decided here: none of allauth's own pages, sign-up or ways to sign in are reachable.
"""

import json
import logging
import secrets
from typing import Any, cast

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal.statekit import STATE_TTL
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from requests import RequestException

from assistants_app.domain.people.sign_on import Identity, Provider, identity_in
from assistants_app.queries.people.invitations import find_invitation
from assistants_app.services.people.admission import NotAdmitted, admit, grant_claimed_roles
from assistants_app.services.project import guesses
from assistants_app.web.http import client_address
from assistants_app.web.project.accounts import complete_sign_in, too_many_links

logger = logging.getLogger(__name__)

LOGIN, CONNECT = "login", "connect"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
CLOCKS_DIFFER = 60  # seconds
# What another server's answers can cause, besides errors of the connection.
WRONG_ANSWERS = (OAuth2Error, LookupError, TypeError, ValueError, AttributeError)


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Redirect to the provider.

    `next` is a page of this site to open afterwards. With `connect`, the person who is signed in
    joins their account to the provider.
    """
    provider = get_adapter().get_provider(request, settings.OIDC_PROVIDER_ID)
    provider.oauth2_adapter_class = Protocol
    wants_connect = "connect" in request.GET and request.user.is_authenticated
    nonce = secrets.token_urlsafe(16)
    try:
        response: HttpResponse = provider.redirect(
            request,
            CONNECT if wants_connect else LOGIN,
            next_url=_own_page(request),
            data={"nonce": nonce},
            auth_params={"nonce": nonce},
        )
    except (RequestException, *WRONG_ANSWERS) as error:
        return _unavailable(request, error)
    if not request.user.is_authenticated:
        # Anybody can begin a sign-in, and each makes a row.
        request.session.set_expiry(STATE_TTL)
    return response


@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in the person whom the provider sends back."""
    attempt = guesses.TokenAttempt(client_address(request))
    if wait := attempt.wait():
        response = _problem(request, too_many_links(wait), status=429)
        response["Retry-After"] = str(wait)
        return response
    view = OAuth2CallbackView.adapter_view(Protocol(request, settings.OIDC_PROVIDER_ID))
    try:
        response = cast(HttpResponse, view(request))
    except (RequestException, ImproperlyConfigured, *WRONG_ANSWERS) as error:
        return _unavailable(request, error)
    if response.status_code < 400:
        attempt.succeeded()
    return response


class Protocol(OpenIDConnectOAuth2Adapter):
    """allauth's client of the provider, which also checks the signature of each ID token."""

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return the address that is registered at the provider."""
        return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('oidc_callback')}"

    def complete_login(
        self, request: HttpRequest, app: Any, token: Any, **kwargs: Any
    ) -> SocialLogin:
        """Return the person whom the ID token and the provider's answer about them describe."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("The provider sent no ID token.")
        found = super().complete_login(request, app, token, **kwargs)
        claims = found.account.extra_data
        if claims["userinfo"].get("sub") != claims["id_token"].get("sub"):
            raise OAuth2Error("The ID token and the user information are of two people.")
        return found

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        # allauth skips the signature of a token that came over TLS. A proxy may end the TLS.
        config = self.openid_config
        if config["issuer"].rstrip("/") != _provider().issuer:
            raise OAuth2Error("The provider names another issuer than OIDC_ISSUER.")
        try:
            decoded: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key_of(id_token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=config["issuer"],
                leeway=CLOCKS_DIFFER,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"The ID token is invalid: {error}") from error
        return decoded

    def _key_of(self, id_token: str) -> Any:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        wanted = jwt.get_unverified_header(id_token).get("kid")
        keys = jwt.PyJWKSet.from_json(json.dumps(answer.json())).keys
        for key in keys:
            # A provider with one key may leave its name out.
            if key.key_id == wanted or (wanted is None and len(keys) == 1):
                return key
        raise OAuth2Error("The provider doesn't publish the key of the ID token.")


class Adapter(DefaultSocialAccountAdapter):
    """Ends allauth's part of a sign-in once the person is known, and replaces its pages."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Sign the person in, or show why not. Never returns."""
        raise ImmediateHttpResponse(_let_in(request, sociallogin))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return False: people come in by an invitation or their domain."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Show the error on a page of this site. Never returns."""
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(redirect("sign_in"))
        if exception is not None:
            raise ImmediateHttpResponse(_unavailable(request, exception))
        logger.warning("A wrong sign-in at the provider came from %s.", client_address(request))
        problem = _("This sign-in took too long, or was started in another browser. Try again.")
        raise ImmediateHttpResponse(_problem(request, problem, status=400))


def _let_in(request: HttpRequest, found: SocialLogin) -> HttpResponse:
    provider = _provider()
    if found.account.extra_data["id_token"].get("nonce") != found.state["data"]["nonce"]:
        return _unavailable(request, OAuth2Error("The ID token is of another sign-in."))
    identity = identity_in(_claims_of(found.account), provider.groups_claim)
    next_page = found.state.get("next") or reverse("home")
    known = cast("User | None", found.user if found.account.pk else None)
    if found.state.get("process") == CONNECT and request.user.is_authenticated:
        return _connect(request, found, known, next_page)
    try:
        user = known or admit(
            provider=provider,
            identity=identity,
            invited=_is_invited(next_page, identity),
            join=lambda user: _join(found.account, user),
        )
    except IntegrityError:
        # The same person has come in at the same moment, in another tab.
        return redirect("oidc_start")
    except NotAdmitted:
        user = None
    if user is None or not user.is_active:
        logger.warning("Somebody without access came from %s.", client_address(request))
        context = {"identity": identity, "provider": provider}
        return render(request, "accounts/no_access.html", context, status=403)
    grant_claimed_roles(provider=provider, identity=identity, user=user)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    response = redirect(next_page)
    complete_sign_in(request, response, "the provider")
    return response


def _claims_of(account: SocialAccount) -> dict[str, Any]:
    token, info = account.extra_data["id_token"], account.extra_data["userinfo"]
    # Whether an address is verified counts for the address beside it.
    email = info if "email" in info else token
    both = {"email": email.get("email"), "email_verified": email.get("email_verified")}
    return {**token, **info, **both}


def _connect(
    request: HttpRequest, found: SocialLogin, known: User | None, next_page: str
) -> HttpResponse:
    person = cast(User, request.user)
    if known is not None and known.pk != person.pk:
        problem = _("This account at the provider belongs to somebody else here.")
        return _problem(request, problem, status=409)
    if known is None:
        try:
            _join(found.account, person)
        except (NotAdmitted, IntegrityError):
            problem = _("Your account is connected to another account at the provider.")
            return _problem(request, problem, status=409)
        logger.info("User %s connected an account at the provider.", person.pk)
    return redirect(next_page)


def _join(account: SocialAccount, user: User) -> None:
    # An address may belong to a new person, to whom the provider gives another subject.
    if SocialAccount.objects.filter(user=user, provider=account.provider).exists():
        raise NotAdmitted
    account.user = user
    account.save()


def _is_invited(next_page: str, identity: Identity) -> bool:
    try:
        match = resolve(next_page)
    except Resolver404:
        return False
    if match.url_name != "invitation":
        return False
    invitation = find_invitation(match.kwargs["token"])
    if invitation is None:
        return False
    return not invitation.email or (identity.email_verified and identity.email == invitation.email)


def _provider() -> Provider:
    provider = settings.OIDC
    assert provider is not None, "these pages exist only if one is configured"
    return provider


def _own_page(request: HttpRequest) -> str | None:
    page = request.GET.get("next", "")
    is_own = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_own else None


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    # Its text can contain what the provider sent, but no secret of this site.
    logger.warning("Sign-in at the provider failed: %s", error)
    problem = _("The provider can't sign you in at the moment. Try again in a minute.")
    return _problem(request, problem, status=502)


def _problem(request: HttpRequest, problem: str, *, status: int) -> HttpResponse:
    context = {"problem": problem, "provider": _provider()}
    return render(request, "accounts/provider_problem.html", context, status=status)
