// Runs before the first paint, so that a saved theme does not flash. System, light, dark, in turn.
(() => {
  const THEMES = ["", "light", "dark"];
  const root = document.documentElement;
  const apply = (theme) => (theme ? (root.dataset.theme = theme) : delete root.dataset.theme);
  let theme = localStorage.getItem("theme") ?? "";
  apply(theme);
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    apply(theme);
  });
})();
