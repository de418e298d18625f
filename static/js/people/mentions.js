// Suggestions of members while somebody types a name after an @. Loaded when a comment is written.
// The focus stays in the text: the list is its aria-activedescendant.

const TYPED = /(?:^|[^\p{L}\p{N}_@.+-])@([\p{L}\p{N}_.@+-]*)$/u;
const known = new WeakSet();

/** Suggest members in a text area, from now on. */
export function suggestIn(box) {
  if (known.has(box) || !box.isConnected) return;
  known.add(box);
  const list = document.getElementById(box.getAttribute("aria-controls"));
  const options = [...list.children];
  const shown = () => options.filter(({ hidden }) => !hidden);
  const typed = () => TYPED.exec(box.value.slice(0, box.selectionStart))?.[1];
  let at = 0;

  function mark(place) {
    const some = shown();
    at = (place + some.length) % some.length;
    for (const option of options) option.ariaSelected = String(option === some[at]);
    box.setAttribute("aria-activedescendant", some[at].id);
    some[at].scrollIntoView({ block: "nearest" });
  }

  function close() {
    list.hidden = true;
    box.removeAttribute("aria-activedescendant");
  }

  function update() {
    const name = typed()?.toLocaleLowerCase();
    for (const option of options) {
      const fits = name !== undefined && option.textContent.toLocaleLowerCase().includes(name);
      option.hidden = !fits;
    }
    const count = shown().length;
    if (!count) return close();
    list.hidden = false;
    const region = document.getElementById("announce");
    region.textContent = list.dataset.found.replace("{count}", count);
    mark(0);
  }

  function choose(option) {
    const end = box.selectionStart;
    box.setRangeText(`${option.textContent} `, end - typed().length, end, "end");
    close();
    // So that what is kept of the text until it is sent has the name, too.
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const keys = {
    ArrowDown: () => mark(at + 1),
    ArrowUp: () => mark(at - 1),
    Enter: () => choose(shown()[at]),
    Tab: () => choose(shown()[at]),
    Escape: close,
  };

  box.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, shiftKey, isComposing } = event;
    if (list.hidden || isComposing || ctrlKey || metaKey || shiftKey || !(key in keys)) return;
    keys[key]();
    // Esc shuts the list alone, and not the form or dialog around it.
    event.preventDefault();
    event.stopPropagation();
  });
  box.addEventListener("input", update);
  box.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the text keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  // Somebody may have typed before this script came.
  if (document.activeElement === box) update();
}
