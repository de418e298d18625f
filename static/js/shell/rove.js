// [data-rove]: a list, a menu or the body of a table that is one stop of the Tab key. Arrow keys,
// Home, End and the beginning of a name go to another row, and the arrows in the direction of reading
// to the other controls of a row. A row may be a control itself.

import { afterSwap, nowAndAfterSwap, on, onKey } from "../events.js";
import { rowNamed, stepFrom } from "../pure/keys.js";

const CONTROLS = "a[href], button:not(:disabled), summary, input:is([type=checkbox], [type=radio])";
const MENU = ".menu[data-rove]";
const TYPED_WITHIN = 800; // milliseconds between the letters of a name
let typed = { text: "", at: 0 };

const within = (row) => [...row.querySelectorAll(CONTROLS)];
const controlsOf = (row) => (row.matches(CONTROLS) ? [row] : within(row));
const rowsOf = (list) => [...list.children].filter((row) => controlsOf(row).length);
const firstOf = (list) => list.querySelector("[aria-current]") ?? list.querySelector(CONTROLS);

function stopAt(list, stop) {
  for (const control of within(list)) control.tabIndex = control === stop ? 0 : -1;
}

nowAndAfterSwap(() => {
  for (const list of document.querySelectorAll("[data-rove]")) {
    const { activeElement } = document;
    stopAt(list, list.contains(activeElement) ? activeElement : firstOf(list));
  }
});

on(`[data-rove] :is(${CONTROLS})`, "focusin", (control) => {
  stopAt(control.closest("[data-rove]"), control);
});

const isTyped = ({ key, ctrlKey, altKey, metaKey }) =>
  !ctrlKey && !altKey && !metaKey && /^[\p{L}\p{N}]$/u.test(key);

function named(rows, at, { key, timeStamp }) {
  const goesOn = timeStamp - typed.at < TYPED_WITHIN && key !== typed.text;
  const text = goesOn ? typed.text + key : key;
  typed = { text, at: timeStamp };
  const names = rows.map((row) => (row.querySelector("[data-name]") ?? row).textContent.trim());
  return rowNamed(names, text, at);
}

onKey("[data-rove]", (list, event) => {
  const { target, key } = event;
  if (!target.matches(CONTROLS)) return;
  const rows = rowsOf(list);
  const at = rows.findIndex((row) => row.contains(target));
  const controls = controlsOf(rows[at]);
  const place = controls.indexOf(target);
  const ahead = document.documentElement.dir === "rtl" ? -1 : 1;
  const along = { ArrowRight: ahead, ArrowLeft: -ahead }[key];
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
  const next = along
    ? controls[stepFrom(place, along, controls.length)]
    : inRow(rows[isTyped(event) ? named(rows, at, event) : to], place);
  next?.focus();
  // Without a row that way, an arrow key would scroll the list, and a letter would be a shortcut.
  if (next || to !== undefined || isTyped(event)) event.preventDefault();
});

const inRow = (row, place) => row && (controlsOf(row)[place] ?? controlsOf(row)[0]);

// --- menus -------------------------------------------------------------------------------------
// A menu takes the focus when it opens, and the browser gives it back to the menu's button. The
// events of a popover don't bubble. "toggle" would come too late: after keys that were pressed at once.
const early = { capture: true };
const openMenu = () => document.querySelector(`${MENU}:popover-open`);

on(
  MENU,
  "beforetoggle",
  (menu, { target, newState }) => {
    if (target !== menu || newState !== "open") return;
    const first = firstOf(menu);
    for (const control of within(menu)) control.autofocus = control === first;
  },
  early,
);
// The entries of some menus are loaded.
afterSwap(({ target }) => target === openMenu() && firstOf(target)?.focus());

on(MENU, "focusout", (menu, { relatedTarget: next }) => {
  if (next && !menu.contains(next) && !next.matches(`[popovertarget="${menu.id}"]`)) {
    menu.hidePopover();
  }
});

// A dialog gives the focus back to what had it before, and an entry of a shut menu can't take it.
on(
  "dialog",
  "beforetoggle",
  (_dialog, { newState }) => {
    if (newState === "open") openMenu()?.hidePopover();
  },
  early,
);

onKey("[popovertarget]:not([data-rove] *)", (button, event) => {
  const menu = document.getElementById(button.getAttribute("popovertarget"));
  if (event.key !== "ArrowDown" || !menu?.matches(MENU)) return;
  event.preventDefault();
  if (menu === openMenu()) firstOf(menu)?.focus();
  else button.click();
});
