// Loaded on demand. Configures CodeMirror for <code-field>. `editor` is the module static/vendor/codemirror.

export function extensionsFor(editor, language, area) {
  const { EditorState, EditorView } = editor;
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
    EditorView.contentAttributes.of({ "aria-label": labelOf(area), tabindex: "0" }),
    editor.keymap.of(keysOf(editor)),
    language === "python" ? pythonIn(editor) : jsonIn(editor),
    editor.syntaxHighlighting(coloursOf(editor)),
    EditorView.theme(themeOf(area.rows)),
  ];
}

function labelOf(area) {
  const labels = [...area.labels].map((label) => label.textContent.trim());
  return area.getAttribute("aria-label") ?? labels.join(" ");
}

function keysOf(editor) {
  return [
    // Mod-Enter is left to the page, which submits the form.
    ...editor.defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
    ...editor.historyKeymap,
    ...editor.foldKeymap,
    ...editor.lintKeymap,
  ];
}

const pythonIn = (editor) => [editor.python(), editor.indentUnit.of("    ")];

function jsonIn(editor) {
  const lint = editor.jsonParseLinter();
  // The form decides whether the field may be empty.
  const lintUnlessEmpty = (view) => (view.state.doc.toString().trim() ? lint(view) : []);
  return [editor.json(), editor.lintGutter(), editor.linter(lintUnlessEmpty)];
}

function coloursOf({ HighlightStyle, tags }) {
  const ink = (name, ...tag) => ({ tag, color: `var(--${name})` });
  return HighlightStyle.define([
    ink("info", tags.propertyName, tags.function(tags.variableName)),
    ink("ok", tags.string),
    ink("warn", tags.number),
    ink("text-3", tags.comment),
    ink("tool", tags.bool, tags.null, tags.keyword),
  ]);
}

const themeOf = (rows) => ({
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
  ".cm-content, .cm-gutter": { minHeight: `${rows * 1.55}em` }, // 1.55 is the line height
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
