// Refreshes the dots of assistants with an active run, while the page is visible.

const EVERY = 4000; // milliseconds

setInterval(() => {
  if (!document.hidden) document.getElementById("dots").dispatchEvent(new Event("look"));
}, EVERY);
