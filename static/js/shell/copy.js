// Copy buttons. [data-copy] copies the code block around it, [data-copy-text] its own value, and
// [data-copy-from] the text at its URL.

import { on } from "../events.js";
import { announce } from "./announce.js";
import { copyText } from "./clipboard.js";
import { toast } from "./toasts.js";

async function textOf(button) {
  const { copyFrom, copyText } = button.dataset;
  if (copyFrom) {
    const answer = await fetch(copyFrom);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }
  return copyText ?? button.closest("figure").querySelector("code").textContent;
}

on("[data-copy], [data-copy-text], [data-copy-from]", "click", async (button) => {
  const { copied, notCopied, notLoaded } = document.getElementById("announce").dataset;
  let text;
  try {
    text = await textOf(button);
  } catch {
    toast(notLoaded, { isError: true });
    return;
  }
  if (!(await copyText(text))) {
    toast(notCopied, { isError: true });
    return;
  }
  announce(copied);
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});
