// <code-field language="json" or "python"> around a <textarea>: a code editor with line numbers,
// colours and, for JSON, marks at the faults. The textarea stays the form's field: it has the name,
// the label (`<label for>` or aria-label), `rows` and `readonly`, gets an `input` event at each
// change, and may be filled by anyone through `.value` of the code-field. Without JavaScript, or
// while the editor is on its way, it is what one writes in. The editor is loaded when the first
// code-field can be seen. Tab leaves it, as it leaves any field.
let library;
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) target.edit();
});

class CodeField extends HTMLElement {
  static formAssociated = true;
  #view;
  #changes = new MutationObserver(() => this.#follow());

  get area() {
    return this.querySelector("textarea");
  }
  get value() {
    return this.area.value;
  }
  set value(text) {
    this.area.value = text;
    this.#follow();
  }

  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: "open", delegatesFocus: true }).append(
        document.createElement("slot"),
      );
      // What is typed here is no shortcut of the page.
      this.shadowRoot.addEventListener("keydown", (event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1)
          event.stopPropagation();
      });
    }
    seen.observe(this);
  }

  disconnectedCallback() {
    seen.unobserve(this);
    this.#changes.disconnect();
    this.#view?.destroy();
    this.#view = undefined;
    this.shadowRoot.firstElementChild.hidden = false;
  }

  formResetCallback() {
    this.#follow();
  }
  focus() {
    (this.#view ?? this.area).focus();
  }

  async edit() {
    library ??= import(document.documentElement.dataset.editor);
    const editor = await library;
    if (this.#view || !this.isConnected) return;
    const { area, shadowRoot } = this;
    const wanted = area.matches(":focus") || area.autofocus;
    const told = editor.EditorView.updateListener.of(({ docChanged, state }) => {
      if (!docChanged || area.value === state.doc.toString()) return;
      area.value = state.doc.toString();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const extensions = [told, setup(editor, this, area), editor.EditorView.theme(look(area.rows))];
    const selection = { anchor: area.selectionEnd };
    this.#view = new editor.EditorView({
      doc: area.value,
      extensions,
      parent: shadowRoot,
      root: shadowRoot,
      selection,
    });
    shadowRoot.firstElementChild.hidden = true;
    for (const label of area.labels) label.onclick = () => this.focus();
    this.#changes.observe(this, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    if (wanted) this.focus();
  }

  #follow() {
    const held = this.#view?.state.doc;
    if (!held || held.toString() === this.value) return;
    this.#view.dispatch({ changes: { from: 0, to: held.length, insert: this.value } });
  }
}

function setup(editor, field, area) {
  const { EditorState, EditorView, tags } = editor;
  const lint = editor.jsonParseLinter();
  const label =
    area.getAttribute("aria-label") ??
    [...area.labels].map((node) => node.textContent.trim()).join(" ");
  const ink = (name, ...tag) => ({ tag, color: `var(--${name})` });
  return [
    editor.lineNumbers(),
    editor.history(),
    editor.foldGutter(),
    editor.bracketMatching(),
    editor.indentOnInput(),
    editor.highlightSpecialChars(),
    EditorView.lineWrapping,
    EditorState.readOnly.of(area.readOnly),
    EditorView.editable.of(!area.readOnly),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    editor.keymap.of([
      ...editor.defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
      ...editor.historyKeymap,
      ...editor.foldKeymap,
      ...editor.lintKeymap,
    ]),
    field.getAttribute("language") === "python"
      ? [editor.python(), editor.indentUnit.of("    ")]
      : // An empty field is for the form to judge.
        [
          editor.json(),
          editor.lintGutter(),
          editor.linter((view) => (view.state.doc.toString().trim() ? lint(view) : [])),
        ],
    editor.syntaxHighlighting(
      editor.HighlightStyle.define([
        ink("info", tags.propertyName, tags.function(tags.variableName)),
        ink("ok", tags.string),
        ink("warn", tags.number),
        ink("text-3", tags.comment),
        ink("tool", tags.bool, tags.null, tags.keyword),
      ]),
    ),
  ];
}

const look = (rows) => ({
  "&": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--r2)",
    background: "var(--bg)",
    overflow: "hidden",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": {
    font: "400 var(--fs-sm)/1.55 var(--mono)",
    maxHeight: "55vh",
    overflow: "auto",
  },
  ".cm-content, .cm-gutter": { minHeight: `${rows * 1.55}em` },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-gutters": { background: "var(--bg-2)", color: "var(--text-3)", border: 0 },
  "&.cm-focused .cm-matchingBracket": { background: "var(--accent-bg)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "none" },
  ".cm-tooltip": {
    background: "var(--bg)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--r1)",
  },
});

customElements.define("code-field", CodeField);
