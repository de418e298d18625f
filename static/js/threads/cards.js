// Cards of tool calls. Those that have ended are folded, unless their reader wants to see all of
// them. A card that a reader opens or folds stays so, also after a reload.

import { on } from "../events.js";
import { hasLook, onLook } from "../shell/looks.js";

const FOLD = ".tool > details";
const KEPT = 200; // of the cards that a reader has opened or folded
const chosen = new Map(JSON.parse(localStorage.getItem("folds") ?? "[]"));

/** Fold and open the cards in `root`, which is the page or what will be a part of it. */
export function foldCards(root) {
  const showsAll = hasLook("tools");
  for (const fold of root.querySelectorAll(FOLD)) {
    const hasEnded = "fold" in fold.dataset;
    fold.open = chosen.get(fold.id) ?? (showsAll || !hasEnded);
  }
}

function keep() {
  localStorage.setItem("folds", JSON.stringify([...chosen].slice(-KEPT)));
}

on(`${FOLD} > summary`, "click", ({ parentElement: fold }) => {
  chosen.delete(fold.id); // so that it becomes the newest
  chosen.set(fold.id, !fold.open);
  keep();
});

onLook(() => {
  chosen.clear();
  keep();
  foldCards(document);
}, "tools");

foldCards(document);
