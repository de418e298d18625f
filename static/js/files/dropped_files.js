// Files that were dropped, those in dropped folders among them.

import { isHidden } from "../pure/uploads.js";

/** Yield the files of a drop, one by one. */
export async function* droppedFiles(items) {
  // All entries at once: the browser empties the list when the event is over.
  const dropped = [...items]
    .filter((item) => item.kind === "file")
    .map((item) => {
      const entry = item.webkitGetAsEntry();
      return entry?.isDirectory ? entry : item.getAsFile();
    });
  for (const one of dropped) {
    if (one instanceof File) yield one;
    else yield* filesIn(one);
  }
}

async function* filesIn(entry) {
  if (isHidden(entry.name)) return;
  if (entry.isFile) {
    yield await new Promise((resolve, reject) => entry.file(resolve, reject));
    return;
  }
  const reader = entry.createReader();
  const readSome = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  // A reader gives a folder's entries in parts; an empty part is the end.
  for (let entries = await readSome(); entries.length; entries = await readSome()) {
    for (const inside of entries) yield* filesIn(inside);
  }
}
