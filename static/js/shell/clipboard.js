// Puts text on the clipboard.

/** Copy the text. Return whether that worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or not a secure context: without TLS, only localhost is one.
    return copySelected(text);
  }
}

// The browser copies what is selected, wherever the page comes from.
function copySelected(text) {
  const focused = document.activeElement;
  const selection = getSelection();
  const ranges = Array.from({ length: selection.rangeCount }, (_, at) => selection.getRangeAt(at));
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  area.style.whiteSpace = "pre"; // or else the copy would have single spaces
  area.readOnly = true; // or else a phone shows its keyboard
  // Nothing outside of a modal dialog can have the focus.
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (ranges.length) selection.removeAllRanges();
  for (const range of ranges) selection.addRange(range);
  focused?.focus({ preventScroll: true });
  return isCopied;
}
