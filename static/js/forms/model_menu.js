// The menu of models: a filter above the list, and arrow keys through what it leaves.

import { on, onKey } from "../events.js";
import { optionAfter } from "../pure/keys.js";

const MENU = ".model-menu";
const shown = (menu) => [...menu.querySelectorAll("button:not([hidden])")];

function narrow(menu, text) {
  for (const choice of menu.querySelectorAll("button")) {
    choice.hidden = !choice.value.toLowerCase().includes(text);
  }
  for (const group of menu.querySelectorAll("[role=group]")) {
    group.hidden = !group.querySelector("button:not([hidden])");
  }
}

// Events of a popover don't bubble, and those of the filter must not reach the form around the menu,
// which would save the draft.
const early = { capture: true };

on(
  MENU,
  "beforetoggle",
  (menu, { newState }) => {
    const filter = menu.querySelector("input");
    if (newState !== "open" || !filter) return;
    filter.value = "";
    narrow(menu, "");
    const { value } = document.getElementById("f-model");
    for (const choice of shown(menu)) choice.ariaCurrent = String(choice.value === value);
  },
  early,
);

on(
  MENU,
  "toggle",
  (menu) => menu.querySelector("[aria-current=true]")?.scrollIntoView({ block: "center" }),
  early,
);

for (const type of ["input", "change"]) {
  on(
    `${MENU} input`,
    type,
    (filter, event) => {
      event.stopPropagation();
      narrow(filter.closest(MENU), filter.value.trim().toLowerCase());
    },
    early,
  );
}

onKey(MENU, (menu, event) => {
  const choices = shown(menu);
  const at = choices.indexOf(document.activeElement);
  if (event.key === "Enter" && at < 0) choices[0]?.click();
  else {
    const next = optionAfter(event.key, at, choices.length);
    if (next === undefined) return;
    choices[next].focus();
  }
  event.preventDefault();
});

// The field itself opens the menu like a select.
onKey("#f-model", (_field, event) => {
  if (event.key !== "ArrowDown") return;
  event.preventDefault();
  if (document.querySelector(`${MENU}:popover-open`)) return;
  document.querySelector("[popovertarget=model-menu]").click();
});
