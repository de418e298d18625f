"""Text out of files. A new format is one reader and one line in `formats.py`."""

from assistants_app.retrieval.extract.document import Document, ExtractionError, Section
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.process import extract_file

__all__ = ["Document", "ExtractionError", "Limits", "Section", "extract_file"]
