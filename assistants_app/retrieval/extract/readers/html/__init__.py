"""Reader for HTML."""

from assistants_app.retrieval.extract.readers.html.page import read, write_html

__all__ = ["read", "write_html"]
