"""Reader for PDF files."""

from assistants_app.retrieval.extract.readers.pdf.reader import read

__all__ = ["read"]
