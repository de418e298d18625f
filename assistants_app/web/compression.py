"""Pages go compressed over the line."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses whole answers. Streams, such as files and exports, go as they are."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """See Django's class: it also adds bytes by chance, against guesses by length."""
        if not isinstance(response, HttpResponse):
            return response
        return super().process_response(request, response)
