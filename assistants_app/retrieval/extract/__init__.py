"""Text extraction from files.

A new format needs one module in ``readers`` and one line in ``formats``.
"""

from assistants_app.retrieval.extract.document import Document, ExtractionError, Section
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.process import Interrupt, Interrupted, extract_file

__all__ = [
    "Document",
    "ExtractionError",
    "Interrupt",
    "Interrupted",
    "Limits",
    "Section",
    "extract_file",
]
