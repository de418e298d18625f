"""Limits on the work of reading one file."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one extraction. A file that exceeds one fails with ``invalid_file``.

    All fields are plain numbers, because they go to the reader's process as JSON.
    """

    # Address space of the reader's process. A text file of 500 MB needs about three times its size.
    memory_bytes: int = 2048 * MIB
    # At most; files of plain text get less, by their size.
    cpu_seconds: int = 300
    # Longer than the processor time, since it includes waiting for the disk and other processes.
    wall_seconds: float = 360.0
    # The vendor accepts 5 million tokens per file, which are about 20 million characters.
    characters: int = 50_000_000
    pages: int = 10_000
    # The most that an archive (docx, xlsx, pptx, epub) may unpack to, absolute and as a multiple of
    # its own size.
    unpacked_bytes: int = 512 * MIB
    unpacked_ratio: int = 200
    # The ratio does not apply below this size: harmless files such as empty forms compress well.
    ratio_free_bytes: int = 16 * MIB
    archive_members: int = 20_000
    table_cells: int = 10_000_000
    # A table repeats its header after this number of bytes, so that each chunk contains one and no
    # chunk has values without names. A token has at least one byte, and the vendor's chunks have
    # 800 tokens.
    table_block_bytes: int = 700
