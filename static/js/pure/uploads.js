// Checks of files before an upload.

/** Return the data attribute that holds the reason to refuse a file, or undefined to accept it. */
export function refusal({ held, most, size, largest, name = "", unread = "" }) {
  if (held >= most) return "tooMany";
  if (size > largest) return "tooLarge";
  const ending = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
  if (ending && unread.split(" ").includes(ending)) return "notText";
  return undefined;
}

/**
 * Return whether pasting adds the files of a clipboard rather than its text.
 *
 * Cells of a spreadsheet come as text, and as a picture of themselves. A screenshot comes without
 * text. Files come with their names as text, from some file managers.
 */
export function takesFiles({ text, html, names }) {
  if (!names.length || !text.trim()) return names.length > 0;
  const lines = text.trim().split(/\r?\n/);
  return !html && lines.every((line) => names.some((name) => line.endsWith(name)));
}

export const isHidden = (name) => name.startsWith(".");
