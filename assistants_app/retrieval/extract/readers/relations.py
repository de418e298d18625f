"""Relationships between the parts of an Office file."""

import posixpath

from assistants_app.retrieval.extract.archive import Archive, resolve
from assistants_app.retrieval.extract.readers.trees import root

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Return what `part` refers to, by id: the last word of the type, and the member's name."""
    folder, name = posixpath.split(part)
    member = posixpath.join(folder, "_rels", f"{name}.rels")
    if member not in archive:
        return {}
    with archive.open(member) as file:
        return {
            node.get("Id", ""): (
                node.get("Type", "").rpartition("/")[2],
                resolve(part, node.get("Target", "")),
            )
            for node in root(file)
            if node.get("TargetMode") != "External"
        }


def main_part(archive: Archive, usual: str) -> str:
    """Return the member that the package names as its document, or else the `usual` one."""
    targets = relations(archive, "")
    return next((name for kind, name in targets.values() if kind == "officeDocument"), usual)
