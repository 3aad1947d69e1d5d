// What book/_static/live/editor.mjs uses of CodeMirror, and nothing more: build.mjs leaves out
// of the bundle what is not named here.
export {defaultKeymap, history, historyKeymap, indentWithTab} from "@codemirror/commands";
export {pythonLanguage} from "@codemirror/lang-python";
export {bracketMatching, indentOnInput, indentUnit, syntaxHighlighting} from "@codemirror/language";
export {EditorState} from "@codemirror/state";
export {EditorView, keymap} from "@codemirror/view";
export {tagHighlighter, tags} from "@lezer/highlight";
