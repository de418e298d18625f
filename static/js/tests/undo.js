// What Ctrl+Z takes back in the table of a test set, the last edit first.

const MOST = 100;
const done = [];

/** Remember how to take back what was just done: `undo()` returns a promise. */
export function remember(undo) {
  done.push(undo);
  if (done.length > MOST) done.shift();
}

/** Take back what was done last. An edit that can't be taken back is forgotten. */
export async function takeBack(undo = done.at(-1)) {
  const at = done.indexOf(undo);
  if (at < 0) return;
  done.splice(at, 1);
  await undo();
}
