// Offers once, at the first message, that Enter sends. The sheet of the keyboard has the setting.

import { on } from "../events.js";
import { keepSetting } from "../shell/keyboard.js";

const SETTING = "enter-runs";
const OFFERED = "enter-offered";
const offer = document.getElementById("enter-offer");

// The first message of a thread leads to another page, so the offer is made there.
if (sessionStorage.getItem(OFFERED) === "now") offer.hidden = false;

on("#composer-form", "htmx:after:request", (_form, event) => {
  const { status } = event.detail.ctx.response ?? {};
  if (event.target.id !== "composer-form" || !(status < 300)) return;
  sessionStorage.removeItem(OFFERED);
  offer.hidden = true;
  if (localStorage.getItem(OFFERED) || localStorage.getItem(SETTING)) return;
  // On a touch keyboard, Enter is the only way to start a line.
  if (matchMedia("(pointer: coarse), (max-width: 899px)").matches) return;
  localStorage.setItem(OFFERED, "yes");
  sessionStorage.setItem(OFFERED, "now");
  offer.hidden = false;
});

on("[data-enter]", "click", ({ dataset }) => {
  keepSetting(SETTING, dataset.enter);
  sessionStorage.removeItem(OFFERED);
  offer.hidden = true;
  document.getElementById("composer-box").focus();
});
