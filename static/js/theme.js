// Restores the theme and the panels before the first paint, so that nothing moves afterwards. This
// is a classic script for that reason: the browser would run a module only after parsing the page.
(() => {
  const THEMES = ["", "light", "dark"]; // "" follows the system
  const root = document.documentElement;
  const apply = (theme) => (theme ? (root.dataset.theme = theme) : delete root.dataset.theme);
  let theme = localStorage.getItem("theme") ?? "";
  apply(theme);
  // Below 1600 pixels the run log would take its room from the thread.
  const usual = matchMedia("(min-width: 900px) and (max-width: 1599px)").matches ? "logs" : "";
  root.dataset.hides = localStorage.getItem("hides") ?? usual;
  root.dataset.look = localStorage.getItem("look") ?? "";
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
