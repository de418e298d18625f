// Reads dropped files and folders.

import { isHidden } from "../pure/uploads.js";

/** Yield all dropped files, including the ones in folders, but no hidden ones from folders. */
export async function* droppedFiles(items) {
  // Read the whole list now: the browser clears it when the event handlers have returned.
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
  // readEntries returns a folder in batches. An empty batch is the end.
  for (let entries = await readSome(); entries.length; entries = await readSome()) {
    for (const inside of entries) yield* filesIn(inside);
  }
}
