"""The form and the query of each request, as views get them: readable, and fit to be stored."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.template import loader
from django.utils.translation import gettext as _

from assistants_app.web.kept_text import refuse_field

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# ASCII is a part of UTF-8. Browsers send forms in the encoding of the page, which is UTF-8.
_ENCODINGS = ("utf-8", "ascii")
# PostgreSQL stores no NUL, and UTF-8 has no halves of surrogate pairs. Other control characters
# stay: people paste the output of terminals into messages.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request can't be read."""

    problem: str
    status: int = 400


class FormMiddleware(CsrfViewMiddleware):
    """Django's protection of forms, and before it the one place that reads forms and queries.

    What it can't read gets a page that says why. After it, `request.POST` and `request.GET` raise
    nothing, also in the pages of errors, and have only text that can be stored: a form with other
    characters is refused with an error at its field, and queries lose them, since nobody can have
    stored anything with them that a search could find.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        """Return the response to a request that can't be read, or None."""
        if fault := _fault_in(request):
            return HttpResponse(unreadable(fault.problem), status=fault.status)
        super().process_request(request)
        _clean_query(request)
        return None

    def process_view(  # type: ignore[override]
        self,
        request: HttpRequest,
        callback: Callable[..., HttpResponseBase],
        callback_args: tuple[Any, ...],
        callback_kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Return the response to a form of another site, or one that can't be stored, or None."""
        refusal: HttpResponse | None = super().process_view(
            request, callback, callback_args, callback_kwargs
        )
        if refusal is None and (name := _unstorable_field(request.POST)) is not None:
            return refuse_field(
                request,
                name,
                _("This has a character that can't be stored, such as NUL. Delete it."),
            )
        return refusal


def unreadable(problem: str = "") -> str:
    """Return the page for a request that can't be read."""
    # Without the request, which the page's usual context would look at.
    return loader.render_to_string("400.html", {"problem": problem})


def _fault_in(request: HttpRequest) -> Fault | None:
    fault = _fault_of_encoding(request)
    # Else every later look at the form, such as that of the page for the error, would raise again.
    request._encoding = None  # type: ignore[attr-defined]
    if fault is None:
        fault = _fault_of_parsing(request)
    if fault is not None:
        request._mark_post_parse_error()  # type: ignore[attr-defined]
        request.GET = QueryDict()
    return fault


def _fault_of_encoding(request: HttpRequest) -> Fault | None:
    named = (request.content_params or {}).get("charset", "")
    if request.method != "POST" or request.content_type not in _FORMS or not named:
        return None
    try:
        encoding = codecs.lookup(named).name
    except (LookupError, ValueError):
        encoding = ""
    if encoding in _ENCODINGS:
        return None
    words = _("The form was sent in the encoding “%(name)s”. Send it again in UTF-8.")
    return Fault(words % {"name": named[:40]})


def _fault_of_parsing(request: HttpRequest) -> Fault | None:
    try:
        # Both are parsed when they are first used.
        _parsed = (request.GET, request.POST)
    except RequestDataTooBig:
        return Fault(_("The form is too large. Send less text at once."), status=413)
    except TooManyFieldsSent:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        words = _("The form or the address has more than %(count)s fields. Send fewer at once.")
        return Fault(words % {"count": f"{most:,}"})
    except UnreadablePostError:
        return Fault(_("The form didn't arrive completely. Send it again."))
    except (MultiPartParserError, BadRequest, SuspiciousOperation, ValueError, LookupError):
        return Fault(
            _("The form has no boundary between its parts, or a wrong one. Send it again.")
        )
    return None


def _clean_query(request: HttpRequest) -> None:
    cleaned = {
        name: [UNSTORABLE.sub("", one) for one in all_] for name, all_ in request.GET.lists()
    }
    if cleaned == dict(request.GET.lists()):
        return
    query = QueryDict(mutable=True)
    for name, values in cleaned.items():
        query.setlist(name, values)
    query._mutable = False
    request.GET = query  # type: ignore[assignment]


def _unstorable_field(form: QueryDict) -> str | None:
    for name, values in form.lists():
        if UNSTORABLE.search(name) or any(UNSTORABLE.search(value) for value in values):
            return name
    return None
