// A page that Back shows from memory is old. Load it again before anybody can write in it.

addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  document.body.inert = true;
  location.reload();
});
