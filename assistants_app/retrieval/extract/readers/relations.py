"""What the parts of an Office file say about each other."""

import posixpath

from assistants_app.retrieval.extract.archive import Archive, resolve
from assistants_app.retrieval.extract.readers.trees import root

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Id -> (last word of its type, name of the member) for what `part` refers to."""
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
    """The member that the package names as its document."""
    targets = relations(archive, "")
    return next((name for kind, name in targets.values() if kind == "officeDocument"), usual)
