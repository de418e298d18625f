// What static/js/code_field.js takes from CodeMirror: hand-picked, because each part has its weight.
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export { json, jsonParseLinter } from "@codemirror/lang-json";
export { python } from "@codemirror/lang-python";
export { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
export { lintGutter, lintKeymap, linter } from "@codemirror/lint";
export { MergeView } from "@codemirror/merge";
export { EditorState } from "@codemirror/state";
export { highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
export { EditorView } from "codemirror";
export { tags } from "@lezer/highlight";
