// #dots asks which assistants of the list have a run, while somebody can see it.

const EVERY = 4000; // milliseconds

setInterval(() => {
  if (!document.hidden) document.getElementById("dots").dispatchEvent(new Event("look"));
}, EVERY);
