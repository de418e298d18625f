"""Pages as tests read them."""

import re


def squeezed(html: str) -> str:
    """The HTML without the line breaks and indentation that its templates are laid out with."""
    return re.sub(r"(?<=>) | (?=[<>])", "", re.sub(r"\s+", " ", html))
