"""Removal of running titles and page numbers, the lines that repeat on most pages of a PDF."""

import re
from collections import Counter
from collections.abc import Sequence

from assistants_app.retrieval.extract.readers.pdf.layout import Block

FEWEST_PAGES = 4
LONGEST = 120  # characters of a line that may count as repeated
# The share of the pages that a line must be on. It is below one half because even and odd pages may
# have different titles.
USUAL = 0.4
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")


def without_furniture(pages: Sequence[list[Block]]) -> list[list[Block]]:
    """Return the pages without first and last blocks that repeat.

    Files of fewer than ``FEWEST_PAGES`` pages are returned unchanged.
    """
    if len(pages) < FEWEST_PAGES:
        return list(pages)
    heads = Counter(_text_without_numbers(blocks[0]) for blocks in pages if blocks)
    feet = Counter(_text_without_numbers(blocks[-1]) for blocks in pages if blocks)
    least = max(FEWEST_PAGES - 1, USUAL * len(pages))
    return [_without_repeats(blocks, heads, feet, least) for blocks in pages]


def _text_without_numbers(block: Block) -> str:
    # Page numbers differ, so all numbers count as the same. A long block cannot be a title.
    return _NUMBERS.sub("#", block.text.strip()) if len(block.text) <= LONGEST else ""


def _without_repeats(
    blocks: list[Block], heads: Counter[str], feet: Counter[str], least: float
) -> list[Block]:
    def repeats(block: Block, seen: Counter[str]) -> bool:
        shape = _text_without_numbers(block)
        return bool(shape) and seen[shape] >= least

    # A page never loses its only block.
    if len(blocks) > 1 and repeats(blocks[0], heads):
        blocks = blocks[1:]
    if len(blocks) > 1 and repeats(blocks[-1], feet):
        blocks = blocks[:-1]
    return blocks
