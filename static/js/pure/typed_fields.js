// Puts typed text back into a form that the server has rendered again.

/**
 * Return `{ field, value }` pairs: the fields to change and their earlier values.
 *
 * `kept`: `[name, value]` pairs of the earlier form, in order. `fields`: the fields of the new
 * form, each with `name`, `type`, `value` and `given`. The server has just filled in a `given`
 * field, so its value is newer than the typed one.
 */
export function restored(kept, fields) {
  const counts = new Map();
  const pairs = [];
  // In the form for a function's output, a hidden `token-` field names the path of the `field-`
  // after it. The form may have other fields now, so text is restored only if the path is the same.
  let tokenFits = true;
  for (const [name, value] of kept) {
    const named = fields.filter((field) => field.name === name);
    const number = counts.get(name) ?? 0;
    counts.set(name, number + 1);
    const isRadio = named[0]?.type === "radio";
    const field = isRadio ? named.find((radio) => radio.value === value) : named[number];
    if (!field || field.given) continue;
    if (name.startsWith("token-")) tokenFits = field.value === value;
    else if (tokenFits || !name.startsWith("field-")) pairs.push({ field, value });
  }
  return pairs;
}

/** Return whether an output, or a field of its form of this `kind`, is no longer invalid. */
export function isMended(text, kind) {
  if (kind === "text" || kind === "choice" || !kind) return text.trim() !== "";
  if (kind === "integer") return /^\s*-?(0|[1-9]\d*)\s*$/.test(text);
  try {
    const value = JSON.parse(text);
    return kind === "json" || typeof value === kind;
  } catch {
    return false;
  }
}
