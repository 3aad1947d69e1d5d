/**
 * The editor of a code cell: CodeMirror 6, loaded when the first editor opens.
 *
 * Its letters have the colors of the page's own code: each kind of token gets the class that
 * Pygments gives it, and the host gets the class of a Pygments block, so that the page's style
 * sheet serves both, in the light and in the dark theme.
 */

const DESCRIPTION =
  "Shift and Enter runs the code. Tab indents; Escape, then Tab leaves the editor.";

/** Pygments's class of each kind of token; the first that fits counts. */
const classes = ({tags: t, tagHighlighter}) =>
  tagHighlighter([
    {tag: [t.self, t.null, t.bool, t.definitionKeyword, t.controlKeyword, t.keyword], class: "k"},
    {tag: [t.moduleKeyword], class: "kn"},
    {tag: [t.operatorKeyword], class: "ow"},
    {tag: [t.comment], class: "c1"},
    {tag: [t.string, t.special(t.string)], class: "s2"},
    {tag: [t.escape], class: "se"},
    {tag: [t.number], class: "mi"},
    {tag: [t.function(t.definition(t.variableName))], class: "nf"},
    {tag: [t.definition(t.className)], class: "nc"},
    {tag: [t.meta], class: "nd"},
    {tag: [t.operator], class: "o"},
    {tag: [t.punctuation], class: "p"},
    {tag: [t.name], class: "n"},
  ]);

/** Where the page's own style sheet says nothing: the frame of a code cell is the cell's. */
const LOOK = {
  "&": {color: "inherit"},
  "&.cm-focused": {outline: "3px solid #d55e00", outlineOffset: "2px"},
  ".cm-scroller": {
    fontFamily: "var(--pst-font-family-monospace, monospace)",
    fontSize: "0.8rem",
    lineHeight: "1.5",
    overflowX: "auto",
  },
  ".cm-content": {padding: "0.75rem 0", caretColor: "currentColor"},
  ".cm-line": {padding: "0 1rem"},
  // A phone zooms into letters smaller than these when they get the focus.
  "@media (pointer: coarse)": {".cm-scroller": {fontSize: "1rem"}},
};

/**
 * Open an editor in an element, whose content it replaces.
 *
 * @param {HTMLElement} host
 * @param {string} source - the text to start from
 * @param {object} [options]
 * @param {string} [options.label] - the editor's name for a screen reader
 * @param {() => void} [options.onRun] - called on Shift+Enter
 * @param {() => void} [options.onLeave] - called when the focus has left the editor
 * @returns {Promise<{value: () => string, set: (text: string) => void, focus: () => void,
 *   close: () => void}>} `close` takes the editor away and leaves the host empty
 */
export async function open(host, source, {label = "Code", onRun, onLeave} = {}) {
  const code = await import("./codemirror.mjs");
  const {EditorState, EditorView} = code;

  const run = () => {
    onRun?.();
    return true; // no line break, also where nothing runs
  };
  const keys = [
    {key: "Shift-Enter", run},
    // From now on Tab moves the focus, until the next change or visit: CodeMirror's own rule
    // gives two seconds, too few for many.
    {key: "Escape", run: (view) => view.setTabFocusMode(true) ?? true},
    code.indentWithTab,
  ];

  host.replaceChildren();
  host.classList.add("highlight");
  const view = new EditorView({
    parent: host,
    doc: source,
    extensions: [
      code.keymap.of([...keys, ...code.defaultKeymap, ...code.historyKeymap]),
      code.history(),
      code.pythonLanguage,
      code.indentUnit.of("    "),
      code.indentOnInput(),
      code.bracketMatching(),
      code.syntaxHighlighting(classes(code)),
      EditorState.tabSize.of(4),
      EditorView.theme(LOOK),
      EditorView.contentAttributes.of({"aria-label": label, "aria-description": DESCRIPTION}),
      EditorView.updateListener.of(({view, docChanged}) => {
        if (docChanged) view.setTabFocusMode(false);
      }),
      EditorView.domEventHandlers({
        focus: (event, view) => view.setTabFocusMode(false),
        blur: () => onLeave?.(),
      }),
    ],
  });

  return {
    value: () => view.state.doc.toString(),
    set: (text) =>
      view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}}),
    focus: () => view.focus(),
    close: () => {
      view.destroy();
      host.replaceChildren();
      host.classList.remove("highlight");
    },
  };
}
