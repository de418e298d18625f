// <code-field language="json" or "python"> turns the <textarea> inside it into a code editor.
//
// The textarea remains the field of the form. It has the name, the label (`<label for>` or aria-
// label), `rows` and `readonly`, and dispatches an `input` event for each change. Other scripts set
// the text through `.value` of the code-field. The editor is loaded when the first code-field
// becomes visible; until then, and without JavaScript, people type into the textarea. Tab leaves
// the editor, like any other field.

let loaded; // the promise of the editor and of our settings for it, after the first request

const whenSeen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) target.edit();
});

class CodeField extends HTMLElement {
  static formAssociated = true;
  #view;
  // A swap by htmx changes the textarea without an event.
  #changes = new MutationObserver(() => this.#showValue());

  get area() {
    return this.querySelector("textarea");
  }

  get value() {
    return this.area.value;
  }

  set value(text) {
    this.area.value = text;
    this.#showValue();
  }

  connectedCallback() {
    if (!this.shadowRoot) {
      const root = this.attachShadow({ mode: "open", delegatesFocus: true });
      root.append(document.createElement("slot"));
      root.addEventListener("keydown", (event) => {
        // Typed text must not trigger the shortcuts of the page.
        const isModified = event.ctrlKey || event.metaKey || event.altKey;
        if (!isModified && event.key.length === 1) event.stopPropagation();
      });
    }
    whenSeen.observe(this);
  }

  disconnectedCallback() {
    whenSeen.unobserve(this);
    this.#changes.disconnect();
    this.#view?.destroy();
    this.#view = undefined;
    this.shadowRoot.firstElementChild.hidden = false;
  }

  formResetCallback() {
    this.#showValue();
  }

  focus() {
    (this.#view ?? this.area).focus();
  }

  async edit() {
    const { editorUrl, editorSettings } = document.documentElement.dataset;
    loaded ??= Promise.all([import(editorUrl), import(editorSettings)]);
    const [editor, { extensionsFor }] = await loaded;
    // While they were loading, the field may have got its editor or left the page.
    if (this.#view || !this.isConnected) return;
    const { area, shadowRoot } = this;
    const takesFocus = area.matches(":focus") || area.autofocus;
    const copyToArea = editor.EditorView.updateListener.of(({ docChanged, state }) => {
      if (!docChanged || area.value === state.doc.toString()) return;
      area.value = state.doc.toString();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.#view = new editor.EditorView({
      doc: area.value,
      extensions: [copyToArea, extensionsFor(editor, this.getAttribute("language"), area)],
      parent: shadowRoot,
      root: shadowRoot,
      // Typing continues at the same place.
      selection: { anchor: Number(this.dataset.caret ?? area.selectionEnd) },
    });
    shadowRoot.firstElementChild.hidden = true;
    for (const label of area.labels) label.onclick = () => this.focus();
    this.#changes.observe(this, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    if (takesFocus) this.focus();
  }

  #showValue() {
    const shown = this.#view?.state.doc;
    if (!shown || shown.toString() === this.value) return;
    this.#view.dispatch({ changes: { from: 0, to: shown.length, insert: this.value } });
  }
}

customElements.define("code-field", CodeField);
