// Holds presses and typing until the page's scripts run, and repeats them then. Otherwise the browser
// would send a search of htmx as a page of its own, and a form that asks first without its question;
// most buttons would do nothing, and typed text would not be saved. This is a classic script, so that
// it runs before the first press.
(() => {
  const BUTTONS = "button[type=button]:not([popovertarget]), a[hx-get]";
  const again = new Map(); // how to repeat it, by form, button and field

  function keep(event, element, press) {
    event.preventDefault();
    event.stopImmediatePropagation();
    again.set(element, press);
  }

  const listeners = {
    submit(event) {
      const { submitter, target } = event;
      keep(event, target, () => target.requestSubmit(submitter));
    },
    click(event) {
      const button = event.target.closest?.(BUTTONS);
      if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return; // or another tab
      keep(event, button, () => button.click());
    },
    input({ target }) {
      const tell = (type) => target.dispatchEvent(new Event(type, { bubbles: true }));
      again.set(target, () => ["input", "change"].forEach(tell));
    },
  };

  for (const type in listeners) document.addEventListener(type, listeners[type], true);
  document.addEventListener("DOMContentLoaded", () => {
    // After htmx, which starts at the same event.
    setTimeout(() => {
      for (const type in listeners) document.removeEventListener(type, listeners[type], true);
      for (const [element, repeat] of again) if (element.isConnected) repeat();
    });
  });
})();
