// Find in the thread, #place. What it takes is loaded when somebody begins.

import { afterSwap, on, onKey } from "../events.js";
import { goTo } from "./window.js";

const [bar, box] = ["place", "find-box"].map((id) => document.getElementById(id));
let loaded;

on("[data-find]", "click", () => {
  bar.hidden = false;
  box.select();
  box.focus();
});

on("#find-box", "focusin", () => {
  loaded ??= import(bar.dataset.finding).then(({ start }) => start(afterSwap, on, onKey, goTo));
});
