// A page that the browser kept in memory for its Back button is old. Load it again before anybody can
// write in it.

addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  document.body.inert = true;
  location.reload();
});
