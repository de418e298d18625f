// Names of chords, as the table of shortcuts writes them: "Ctrl+Shift+D", "Alt+3", "?", "Esc,Esc".

const TWICE_WITHIN = 800; // milliseconds between two presses that count as one chord

/** Return the name of the chord of a keydown event. */
export function chordOf(event) {
  // With Alt, some systems type another character than the digit; the key's position is reliable.
  const digit = event.altKey && /^Digit(\d)$/.exec(event.code)?.[1];
  const key = digit || nameOf(event.key);
  // On some layouts AltGr types the character itself, so it is no modifier.
  if (event.getModifierState("AltGraph")) return key;
  // Shift is part of the name only where it does not choose the character already:
  // ? is Shift+/ on one layout and Shift+ß on another.
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

/** Return whether a chord has no Ctrl, Alt or Esc, so that a text field needs it itself. */
export function isPlain(chord) {
  return !/^(Ctrl|Alt)\+|^Esc/.test(chord);
}

/** Return the shortcuts a press may mean, best first: the chord twice, if it came quickly again. */
export function namesOf(press, previous) {
  const isTwice = previous?.chord === press.chord && press.at - previous.at < TWICE_WITHIN;
  return isTwice ? [`${press.chord},${press.chord}`, press.chord] : [press.chord];
}

/** Return the index of the element `by` steps from `at` (-1: from outside), within `count`. */
export function stepFrom(at, by, count) {
  if (at < 0) return by > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + by, 0), count - 1);
}

/** Return the index of the option that an arrow key chooses, in a circle, or undefined. */
export function optionAfter(key, at, count) {
  if (!count) return undefined;
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return at > 0 ? at - 1 : count - 1;
  return undefined;
}
