// Which files may go up.

/** Return why a file is refused, as the name of the area's text for it; or undefined. */
export function refusal({ held, most, size, largest }) {
  if (held >= most) return "tooMany";
  if (size > largest) return "tooLarge";
  return undefined;
}

export const isHidden = (name) => name.startsWith(".");
