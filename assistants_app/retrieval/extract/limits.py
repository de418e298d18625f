"""What reading one file may cost. Plain numbers, so that they can be handed to a child process."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one extraction; a file that needs more fails with ``invalid_file``."""

    # Address space of the child. A 500 MB text file needs about three times its size.
    memory_bytes: int = 2048 * MIB
    cpu_seconds: int = 300
    # From start to end, with waiting for the disk and for other processes.
    wall_seconds: float = 360.0
    # The vendor takes 5 million tokens of a file, which are about 20 million letters.
    characters: int = 50_000_000
    pages: int = 10_000
    # What an archive (docx, xlsx, pptx, epub) may hold when unpacked, and how many times its size.
    unpacked_bytes: int = 512 * MIB
    unpacked_ratio: int = 200
    # Archives below this are not judged by their ratio: empty forms are packed very well.
    ratio_free_bytes: int = 16 * MIB
    archive_members: int = 20_000
    table_cells: int = 10_000_000
