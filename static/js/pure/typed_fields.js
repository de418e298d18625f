// What was typed into a form, put back after the form was drawn anew.

/**
 * Return the `{ field, value }` pairs that bring typed values back.
 *
 * `kept`: the names and values of the form as it was, in order. `fields`: the fields of the form as
 * it is, each with `name`, `type`, `value` and `given`. A `given` field was just filled in by the
 * server, which is newer than what was typed.
 */
export function restored(kept, fields) {
  const counts = new Map();
  const pairs = [];
  // In the form of a function's result, a hidden token before each field names its place in the
  // result. Typed text goes back only where that place is still the same.
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
