// [data-copy] copies the block of code it stands on, [data-copy-text] the text it carries.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const text = button.dataset.copyText ?? button.closest("figure").querySelector("code").textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return; // no permission, or not a secure context
  }
  const announce = document.getElementById("announce");
  if (announce) announce.textContent = announce.dataset.copied;
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});
