// While a request is under way, a press doesn't ask for the same thing again, and what is typed isn't
// lost. A browser sends a form with each press, and htmx keeps a second request for after the first:
// a double click on a slow line would make two keys or two experiments. This is a classic script of
// every page, so that it is there before the first press, also where there is no other script.
(() => {
  const onHtmx = (moment, handler) => {
    // In front of listeners that take something out of the form for their request.
    document.addEventListener(`htmx:${moment}`, handler, { capture: true });
  };

  // --- forms that lead to another page -----------------------------------------------------------
  const AGAIN_AFTER = 30_000; // milliseconds, for a request that somebody has stopped
  let freeFrom = 0; // when forms can be sent again

  document.addEventListener("submit", (event) => {
    const { defaultPrevented, submitter, target, timeStamp } = event;
    if (defaultPrevented || target.method !== "post") return;
    if (submitter?.closest("[data-downloads]")) return; // the page stays
    // Neither another form: the page is about to go, and what it shows is old.
    if (timeStamp < freeFrom) return event.preventDefault();
    // After all listeners: any of them may have prevented it.
    setTimeout(() => {
      if (!event.defaultPrevented) freeFrom = timeStamp + AGAIN_AFTER;
    });
  });

  // --- requests of htmx --------------------------------------------------------------------------
  const PRESSES = ["click", "submit"]; // other events may mean that something has changed since
  const asked = new Map(); // what was asked last, by address, until it is answered
  const underWay = new Set();

  const fileAs = ({ name, size, lastModified }) => [name, size, lastModified];
  const textOf = (body) =>
    JSON.stringify([...body], (_key, value) => (value instanceof File ? fileAs(value) : value));

  function forget(ctx) {
    const { action } = ctx.request;
    if (asked.get(action)?.ctx === ctx) asked.delete(action);
  }

  onHtmx("config:request", (event) => {
    const { ctx } = event.detail;
    const { action, body, method } = ctx.request;
    ctx.seen = new Map([...document.querySelectorAll(FIELDS)].map((field) => [field, read(field)]));
    if (method !== "POST" || !PRESSES.includes(ctx.sourceEvent?.type)) return;
    const text = textOf(body);
    if (asked.get(action)?.text === text) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    asked.set(action, { ctx, text });
    setTimeout(() => event.defaultPrevented && forget(ctx));
  });
  onHtmx("before:request", ({ detail }) => underWay.add(detail.ctx));
  onHtmx("finally:request", ({ detail: { ctx } }) => {
    if (ctx.hx?.redirect || ctx.hx?.refresh) return; // the page is about to go
    underWay.delete(ctx);
    forget(ctx);
    // Requests that htmx has dropped get no answer. Its queue goes on before this.
    setTimeout(() => underWay.size || asked.clear());
  });

  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    freeFrom = 0;
    asked.clear();
    underWay.clear();
  });

  // --- what is typed meanwhile -------------------------------------------------------------------
  const FIELDS = "textarea[id], select[id], input[id]:not([type=hidden], [type=file])";
  const partOf = ({ type }) => (["checkbox", "radio"].includes(type) ? "checked" : "value");
  const read = (field) => field[partOf(field)];
  const write = (field, value) => (field[partOf(field)] = value);
  const since = (sent, now) => (now.startsWith(sent) ? now.slice(sent.length) : now);

  // A response replaces fields by what they had when the request was sent.
  onHtmx("before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    if (!ctx?.seen) return; // what a websocket brings
    const changed = [...ctx.seen].filter(
      ([field, sent]) => field.isConnected && read(field) !== sent,
    );
    ctx.typed = changed.map(([field, sent]) => [field, sent, read(field)]);
    for (const [{ form, id }, sent, now] of ctx.typed) {
      const next = tasks.map(({ fragment }) => fragment?.getElementById(id)).find(Boolean);
      if (!next) continue;
      if (read(next) === sent) {
        write(next, now);
        if (read(next) !== now) write(next, sent); // a choice that isn't there any more
      } else if (form === ctx.sourceElement && read(next) === "") {
        next.value = since(sent, now); // the form has added something
      }
    }
    stay(event);
  });

  // A form that its answer closes stays open for what was typed since.
  function stay(event) {
    const { ctx, tasks } = event.detail;
    const form = ctx.sourceElement;
    const typed = ctx.typed.filter(([field]) => field.form === form && partOf(field) === "value");
    const closes = ({ fragment, target }) =>
      fragment?.childElementCount === 0 && target?.contains?.(form);
    if (!typed.length || !tasks.length || !tasks.every(closes)) return;
    event.preventDefault();
    for (const [field, sent, now] of typed) {
      if (form.matches("[data-adds]")) field.value = since(sent, now);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // Fields that a morph has kept may have been filled in again.
  onHtmx("after:swap", ({ detail: { ctx } }) => {
    for (const [field, sent, now] of ctx?.typed ?? []) {
      if (field.isConnected && read(field) === sent) write(field, now);
    }
  });
})();
