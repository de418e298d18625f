"""Pages that show again what somebody typed into a form that couldn't be accepted."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

FIELD_HEADER = "X-Refused-Field"
_TOKEN = "csrfmiddlewaretoken"
# Never shown again: passwords, keys of API keys and endpoints, tokens.
_SECRET = re.compile(r"password|secret|token|username|(^|_)key$", re.IGNORECASE)
# What forms send beside what people type: IDs, numbers, and values of boxes.
_NOT_TYPED = re.compile(r"[a-z]+[-_][A-Za-z0-9]{20,}|\d*|on|off|true|false|next", re.ASCII)
_ORIGIN = REASON_BAD_ORIGIN.partition("%")[0]


@dataclass(frozen=True, slots=True)
class KeptField:
    """A field of the form, with the text in it and what is wrong with it."""

    number: int
    name: str
    text: str
    error: str
    is_typed: bool

    @property
    def label(self) -> str:
        """The name for people."""
        return _label_of(self.name)


def _label_of(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()


def refuse_field(request: HttpRequest, name: str, error: str) -> HttpResponse:
    """Return the response to a form with a field that no view could accept."""
    if "HX-Request" in request.headers:
        # The page stays as it is, and its script puts the error below the field
        # (static/js/forms/refused.js).
        headers = {"HX-Reswap": "none", FIELD_HEADER: quote(name, safe="")}
        return HttpResponse(error, status=422, content_type="text/plain", headers=headers)
    title = _("Nothing was saved")
    if _SECRET.search(name):
        return _render(request, title, f"{_label_of(name)}: {error}", status=422)
    return _render(request, title, "", status=422, errors={name: error})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form without the token of this session."""
    # A page of another site may send any text, which isn't this person's.
    is_own = "Origin" in request.headers and not reason.startswith(_ORIGIN)
    if not is_own or "HX-Request" in request.headers or not kept_fields(request):
        return render(request, "403_csrf.html", status=403)
    title = _("This page has expired")
    problem = _("You signed in again after you opened it, so nothing was saved.")
    return _render(request, title, problem, status=403)


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Return the way to the sign-in page for somebody who is signed out.

    A browser that sends a form gets a page with what was typed. A script follows the redirect, and
    leaves the text where it is (static/js/threads/signed_out.js).
    """
    url = f"{reverse('sign_in')}?next={quote(_page_of(request))}"
    is_browser = "HX-Request" not in request.headers and "text/html" in request.headers.get(
        "Accept", ""
    )
    if request.method != "POST" or not is_browser or not kept_fields(request):
        return redirect(url)
    title = _("You are signed out")
    problem = _("Nothing was saved. Sign in, then send your text again.")
    return _render(request, title, problem, status=403, sign_in_url=url)


def kept_fields(request: HttpRequest, errors: dict[str, str] | None = None) -> list[KeptField]:
    """Return the fields of the form, without secrets."""
    found = errors or {}
    pairs = [(name, value) for name, values in request.POST.lists() for value in values]
    return [
        KeptField(
            number=number,
            name=name,
            text=text,
            error=found.get(name, ""),
            is_typed=name in found or not _NOT_TYPED.fullmatch(text),
        )
        for number, (name, text) in enumerate(pairs)
        if not _SECRET.search(name)
    ]


def _render(
    request: HttpRequest,
    title: str,
    problem: str,
    *,
    status: int,
    errors: dict[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    secrets = [name for name in request.POST if _SECRET.search(name) and name != _TOKEN]
    context = {
        "title": title,
        "problem": problem,
        "fields": kept_fields(request, errors),
        # Without its secrets and files, the form wouldn't be the same.
        "may_send": not secrets and not request.FILES,
        "action": request.get_full_path(),
        "back": _page_of(request),
        **more,
    }
    return render(request, "kept/page.html", context, status=status)


def _page_of(request: HttpRequest) -> str:
    # Many addresses of forms have no page.
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    from_page = urlsplit(request.headers.get("Referer", ""))
    page = f"{from_page.path}?{from_page.query}" if from_page.query else from_page.path
    is_own = from_page.netloc == request.get_host() and page.startswith("/")
    if is_own and url_has_allowed_host_and_scheme(page, allowed_hosts=None):
        return page
    return reverse("home")
