// Runs before the first paint, so that nothing jumps: the theme (system, light, dark, in turn) and the
// panels as they were left.
(() => {
  const THEMES = ["", "light", "dark"];
  const root = document.documentElement;
  const apply = (theme) => (theme ? (root.dataset.theme = theme) : delete root.dataset.theme);
  let theme = localStorage.getItem("theme") ?? "";
  apply(theme);
  root.dataset.hides = localStorage.getItem("hides") ?? "";
  for (const panel of ["list", "cfg", "logs"]) {
    const width = Number(localStorage.getItem(`width-${panel}`));
    if (width) root.style.setProperty(`--w-${panel}`, `${width}px`);
  }
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    apply(theme);
  });
})();
