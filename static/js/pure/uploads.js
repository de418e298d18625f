// Checks of files before an upload.

/** Return the data attribute that holds the reason to refuse a file, or undefined to accept it. */
export function refusal({ held, most, size, largest }) {
  if (held >= most) return "tooMany";
  if (size > largest) return "tooLarge";
  return undefined;
}

export const isHidden = (name) => name.startsWith(".");
