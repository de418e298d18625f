// The thread's head and what stands beside its rows. Everything is delegated, as in page.js.
const meter = document.getElementById("thread-meter");

// --- context meter: counted anew when rows come or go and when a run ends -------------------------
let counting;
const count = () => {
  clearTimeout(counting);
  counting = setTimeout(() => htmx.trigger(meter, "refresh"), 400);
};

function markLeftOut() {
  meter.removeAttribute("aria-busy");
  for (const row of document.querySelectorAll(".msg.left-out")) row.classList.remove("left-out");
  for (const { dataset } of meter.querySelectorAll("[data-left-out]")) {
    document.getElementById(dataset.leftOut)?.classList.add("left-out");
  }
}

if (meter) {
  const watch = new MutationObserver(count);
  watch.observe(document.getElementById("items"), { childList: true });
  watch.observe(document.getElementById("thread-status"), { childList: true, subtree: true, attributeFilter: ["data-run-status"] });
  document.addEventListener("htmx:after:swap", markLeftOut);
}

// --- forms ----------------------------------------------------------------------------------
document.addEventListener("change", ({ target }) => {
  if (target.form && "sends" in target.form.dataset) target.form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "thread-title") event.target.blur();
});
// What was asked for in a dialog is under way: nothing more to say there.
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response?.status === 204) event.target.closest?.("dialog")?.close();
});
