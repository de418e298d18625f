// Keeps the focus when the page removes, hides or disables what has it, and when it is loaded again.
// Otherwise the keys that somebody presses next would go to nothing.

import { onHtmx } from "../events.js";

const CONTROLS = "a[href], button, input, select, textarea, summary, code-field";
const ENDS = "main, #main, #outcome, body"; // something around these is about something else

let last; // has the focus, or had it until the page took it away
let around = []; // [element around it, its number among the controls there], from the inside
let isParked = false; // disabled, perhaps only during a request

const byId = (id) => document.getElementById(id);
const isUsable = (element) =>
  element?.isConnected && !element.disabled && element.checkVisibility();
const controlsIn = (box) => [...box.querySelectorAll(CONTROLS)].filter(isUsable);
const isLost = () => document.activeElement === document.body;
const focus = (element) => element?.focus({ preventScroll: true });
const home = () => byId("composer-box") ?? byId("content");

addEventListener("focusin", ({ target }) => {
  last = target;
  isParked = false;
  around = [];
  for (let box = target.parentElement; box && !box.matches(ENDS); box = box.parentElement) {
    around.push([box, controlsIn(box).indexOf(target)]);
  }
});

/** Return what is now at the place of the last control. */
function next() {
  if (isUsable(byId(last.id))) return byId(last.id);
  for (const [box, at] of around) {
    const now = box.isConnected ? box : byId(box.id);
    // Not a select, where the next key would choose something.
    const controls = now ? controlsIn(now).filter((control) => !control.matches("select")) : [];
    if (controls.length) return controls[Math.min(at, controls.length - 1)] ?? controls[0];
  }
  return home();
}

function check(isOver) {
  if (!isLost() || !last) return;
  if (last.disabled && !isOver) return;
  if (!isUsable(last)) focus(next());
  else if (isParked) focus(last);
  else last = undefined; // left on purpose
}

// After htmx and others have chosen a place for the focus.
const checkSoon = (isOver) => requestAnimationFrame(() => check(isOver));

addEventListener("focusout", () => {
  isParked = Boolean(last?.disabled); // read now, since a short request ends before the next frame
  checkSoon();
});
onHtmx("finally:request", () => checkSoon(true));
// Not all browsers say that an element with the focus was removed.
new MutationObserver(() => last?.isConnected === false && checkSoon()).observe(document.body, {
  childList: true,
  subtree: true,
});

// --- the next page -----------------------------------------------------------------------------
let isLed = false; // by an act, which chose the next page or loads this one again

onHtmx("after:request", ({ ctx }) => {
  isLed ||= Boolean(ctx.hx?.redirect || ctx.hx?.refresh);
});

addEventListener("pagehide", () => {
  // A click on a link leads to something else.
  if (!last?.matches(CONTROLS) || last.href || !(last.id || isLed)) return;
  sessionStorage.setItem("focus", `${location.pathname} ${last.id}`);
});

const [pathname, id] = (sessionStorage.getItem("focus") ?? "").split(" ");
sessionStorage.removeItem("focus");
if (pathname === location.pathname && !location.hash && isLost()) focus(byId(id) ?? home());
