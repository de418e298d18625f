"""What stands at the head and foot of most pages of a PDF: running titles and page numbers."""

import re
from collections import Counter
from collections.abc import Sequence

from assistants_app.retrieval.extract.readers.layout import Block

FEWEST_PAGES = 4
LONGEST = 120  # characters
USUAL = 0.4  # part of the pages that a line stands on, numbers left out; even and odd may differ
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")


def without_furniture(pages: Sequence[list[Block]]) -> list[list[Block]]:
    """The pages without first and last blocks that repeat; nothing is taken from short files."""
    if len(pages) < FEWEST_PAGES:
        return list(pages)
    heads = Counter(_shape(blocks[0]) for blocks in pages if blocks)
    feet = Counter(_shape(blocks[-1]) for blocks in pages if blocks)
    least = max(FEWEST_PAGES - 1, USUAL * len(pages))
    return [_bare(blocks, heads, feet, least) for blocks in pages]


def _shape(block: Block) -> str:
    """The text with its numbers alike; empty for what is too long to be repeated on purpose."""
    return _NUMBERS.sub("#", block.text.strip()) if len(block.text) <= LONGEST else ""


def _bare(
    blocks: list[Block], heads: Counter[str], feet: Counter[str], least: float
) -> list[Block]:
    def repeats(block: Block, seen: Counter[str]) -> bool:
        shape = _shape(block)
        return bool(shape) and seen[shape] >= least

    if len(blocks) > 1 and repeats(blocks[0], heads):
        blocks = blocks[1:]
    if len(blocks) > 1 and repeats(blocks[-1], feet):
        blocks = blocks[:-1]
    return blocks
