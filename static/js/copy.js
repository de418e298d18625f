// [data-copy] copies the block of code it stands on, [data-copy-text] the text it carries,
// [data-copy-from] the text at its address.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text], [data-copy-from]");
  if (!button) return;
  const { copyFrom, copyText } = button.dataset;
  try {
    const text = copyFrom
      ? await (await fetch(copyFrom)).text()
      : (copyText ?? button.closest("figure").querySelector("code").textContent);
    await navigator.clipboard.writeText(text);
  } catch {
    return; // no permission, not a secure context, or no server
  }
  const announce = document.getElementById("announce");
  if (announce) announce.textContent = announce.dataset.copied;
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});

// An answer that is no part of the page replaces nothing of it.
document.addEventListener("htmx:response:error", ({ detail }) => {
  const toasts = document.getElementById("toasts");
  if (detail.ctx.response.status !== 422)
    toasts.replaceChildren(
      Object.assign(document.createElement("p"), {
        className: "banner err",
        textContent: toasts.dataset.failed,
      }),
    );
});
