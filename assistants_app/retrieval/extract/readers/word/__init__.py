"""Reader for Word documents, with what lies outside the flow of their text."""

from assistants_app.retrieval.extract.readers.word.reader import read

__all__ = ["read"]
