// Copy buttons. [data-copy] copies the code block around it, [data-copy-text] its own value, and
// [data-copy-from] the text at its URL.

import { on } from "../events.js";
import { announce } from "./announce.js";

async function textOf(button) {
  const { copyFrom, copyText } = button.dataset;
  if (copyFrom) return (await fetch(copyFrom)).text();
  return copyText ?? button.closest("figure").querySelector("code").textContent;
}

on("[data-copy], [data-copy-text], [data-copy-from]", "click", async (button) => {
  try {
    await navigator.clipboard.writeText(await textOf(button));
  } catch {
    return; // no permission, not a secure context, or no server
  }
  announce(document.getElementById("announce").dataset.copied);
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});
