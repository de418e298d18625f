"""The middleware that compresses pages."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses complete responses, and leaves streams such as files and exports as they are."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Django's class also adds random bytes, so that the length reveals no secret (BREACH).
        if not isinstance(response, HttpResponse):
            return response
        return super().process_response(request, response)
