// Names of key chords, as in assistants_app/web/actions.py: "Ctrl+Shift+D", "Alt+3", "?",
// "Esc,Esc".

const TWICE_WITHIN = 800; // milliseconds

/** Return the name of the chord in a keydown event. */
export function chordOf(event) {
  // Alt+1 types another character on some systems, so digits are read from the key's position.
  const digit = event.altKey && /^Digit(\d)$/.exec(event.code)?.[1];
  const key = digit || nameOf(event.key);
  // Some layouts need AltGr to type the character, so it doesn't count as a modifier.
  if (event.getModifierState("AltGraph")) return key;
  // Shift is part of the name only for letters, digits and named keys. Other characters may need
  // Shift or not, depending on the layout: "?" is Shift+/ on one and Shift+ß on another.
  const shiftCounts = key.length > 1 || digit || key !== key.toLowerCase();
  return [
    (event.ctrlKey || event.metaKey) && "Ctrl",
    event.altKey && "Alt",
    event.shiftKey && shiftCounts && "Shift",
    key,
  ]
    .filter(Boolean)
    .join("+");
}

function nameOf(key) {
  if (key === "Escape") return "Esc";
  return key.length === 1 ? key.toUpperCase() : key;
}

/**
 * Return whether a keydown event belongs to an input method: with it, Enter chooses a word and Esc
 * gives it up. Safari ends the composition before the event of the key, which then only has this
 * code.
 */
export function isComposing({ isComposing: composes, keyCode }) {
  return composes || keyCode === 229;
}

/** Return whether a text field needs the chord for itself: it has no Ctrl or Alt and is not Esc. */
export function isPlain(chord) {
  return !/^(Ctrl|Alt)\+|^Esc/.test(chord);
}

/** Return the names to look up for a press. A quick repetition, such as "Esc,Esc", comes first. */
export function namesOf(press, previous) {
  const isTwice = previous?.chord === press.chord && press.at - previous.at < TWICE_WITHIN;
  return isTwice ? [`${press.chord},${press.chord}`, press.chord] : [press.chord];
}

/** Return the index `by` steps from `at`, kept within `count`. -1 starts outside of the list. */
export function stepFrom(at, by, count) {
  if (at < 0) return by > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + by, 0), count - 1);
}

/** Return the index that an arrow key moves to, wrapping around, or undefined for other keys. */
export function optionAfter(key, at, count) {
  if (!count) return undefined;
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return at > 0 ? at - 1 : count - 1;
  return undefined;
}

/**
 * Return the index of the next name that begins with `text`, after `at` and around the end. More
 * letters may keep the name at `at`. Undefined if no name does.
 */
export function rowNamed(names, text, at) {
  const wanted = text.toLocaleLowerCase();
  const begins = (index) => names[index].toLocaleLowerCase().startsWith(wanted);
  const from = text.length > 1 ? at : at + 1;
  const order = names.map((_, index) => (from + index + names.length) % names.length);
  return order.find(begins);
}
