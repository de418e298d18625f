// A new blank assistant: its name is selected, so that the first thing typed replaces it.

const name = document.querySelector("#f-name:target");
if (name) {
  name.focus();
  name.select();
  // Only once: a reload leaves the field alone.
  history.replaceState(history.state, "", location.pathname + location.search);
}
