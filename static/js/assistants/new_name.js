// A new blank assistant: its name is selected, so that the first thing typed replaces it. The URL's
// fragment is no element's ID, because the browser would move the caret there later.

if (location.hash === "#name") {
  // Only once: a reload leaves the field alone.
  history.replaceState(history.state, "", location.pathname + location.search);
  document.getElementById("f-name")?.select();
}
