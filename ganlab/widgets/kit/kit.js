// First part of every page side: nodes, and questions to the kernel. Everything that passes between page and kernel is text.

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  node.dataset.lmSuppressShortcuts = "true"; // keys are the widget's here, not JupyterLab's
  return node;
}
function aria(node, { role, ...attributes }) { // {role, label: ...}: gives the node
  if (role) node.setAttribute("role", role);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(`aria-${name}`, String(value));
  return node;
}
function button(text, title, click, kind = "") {
  const node = make("button", { textContent: text, title, className: kind, type: "button" });
  node.addEventListener("click", click);
  return node;
}
const press = (node, pressed) => aria(node, { pressed });
const key = (text) => make("kbd", { textContent: text });
const field = (text, ...children) => make("label", {}, make("span", { textContent: text }), ...children);
const slider = (label, min, max, step, value) => aria(make("input", { type: "range", min, max, step, value }), { label });
const stage = (title, kind, ...children) => make("div", { className: `stage ${kind}` }, make("div", { className: "title", textContent: title }), ...children);
const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
const save = (href, download) => make("a", { href, download }).click();
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// A widget's outermost node, the line that says what has gone wrong, and the one that says how far something is.
function makeShell(kind, label) {
  const root = aria(make("div", { className: `ganlab-widget ${kind}`, tabIndex: -1 }), { role: "group", label });
  return { root, trouble: aria(make("div", { className: "trouble" }), { role: "alert" }), status: aria(make("div", { className: "note" }), { role: "status" }) };
}
// Buttons that have nothing to do at present: [[button, whether], ...].
function idle(root, pairs) {
  for (const [node, nothing] of pairs) {
    if (nothing && node === document.activeElement) root.focus({ preventScroll: true }); // or the next Ctrl+Z would be JupyterLab's
    node.disabled = nothing;
  }
}
function undoKeys(root, undo, redo) {
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const letter = event.key.toLowerCase(), wanted = letter === "z" && !event.shiftKey ? undo : letter === "y" || letter === "z" ? redo : null;
    if (!wanted) return;
    event.preventDefault();
    event.stopPropagation();
    if (!wanted.disabled) wanted.click();
  });
}

// The kernel's own word that it has ended, where the page can hear it (JupyterLab, Notebook, Voila): nothing asked before will be answered,
// and a kernel that comes back does not know this widget. Gives a function that stops listening.
function whenKernelEnds(model, tell) {
  const kernel = model.widget_manager?.kernel, ends = ["restarting", "autorestarting", "terminating", "dead"];
  const heard = (_, status) => { if (ends.includes(status)) tell(); };
  kernel?.statusChanged?.connect(heard);
  return () => kernel?.statusChanged?.disconnect(heard);
}

// The line in which the questions of all views of this widget on this page stand. One is open at a time: the model has one `request`, and of two
// that are set before the first is through, a widget manager sends only the later one. Numbers go on from the clock, so that no two pages share any.
const line = { number: Date.now() * 1000 + Math.floor(Math.random() * 1000), open: null, waiting: [], views: new Set() };

// One view's questions and answers.
//   show(answer, asked)  an answer that shows everything: it has the key `sign`; `asked` is this view's question if it answers one
//   hear(answer)         every answer, also one that holds a piece of something only
//   live                 actions that leave a stroke under way alone; of one gesture of theirs (a drag) only the latest wish waits
//   stuck()              the kernel is silent or has stopped
function talk({ model, root, trouble, sign = "image", live = [], show = () => {}, hear = () => {}, stuck = () => {}, patience = 5000,
  silence = "The kernel does not answer. If it has stopped, restart it and run this cell again.",
  stopped = "The kernel has stopped, and this widget with it. Run the notebook again from the top." }) {
  let timer = null, answers = 0, gesture = {}, begun = false, ended = false;
  const view = { mark, wait }, followed = [];
  const mine = (question) => question?.view === view, all = () => [line.open, ...line.waiting];
  const asking = () => all().some(mine);
  // Something else than a gesture is on its way: what a hand begins now would be about what is no longer there.
  const busy = () => all().some((question) => question && !live.includes(question.wish.action));
  const deafen = whenKernelEnds(model, () => {
    ended = true;
    clearTimeout(timer);
    trouble.textContent = stopped;
    stuck();
  });

  function ask(wish, released = null) {
    return new Promise((resolve) => {
      const question = { view, model, wish, released, resolve }, at = line.waiting.map(mine).lastIndexOf(true), last = line.waiting[at]?.wish;
      const goesOn = last && wish.gesture && last.gesture === wish.gesture && last.action === wish.action && live.includes(wish.action);
      if (goesOn) line.waiting[at] = question;
      else line.waiting.push(question);
      if (line.open?.silent) giveUp(); // lost on its way, as may be while a page is loaded again; or late, and then this one is answered after it
      pump();
    });
  }
  function pump() {
    if (ended) trouble.scrollIntoView({ block: "nearest" });
    else if (line.open === null && line.waiting.length > 0) {
      line.open = Object.assign(line.waiting.shift(), { id: ++line.number });
      line.open.model.set("request", JSON.stringify({ id: line.open.id, ...line.open.wish }));
      line.open.model.save_changes();
      line.open.view.wait();
    }
    for (const other of line.views) other.mark();
  }
  function giveUp() {
    const { resolve } = line.open;
    line.open = null;
    resolve({ message: silence });
  }
  function mark() {
    root.classList.toggle("busy", busy());
    root.dataset.asking = String(asking());
  }
  function wait() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (mine(line.open)) line.open.silent = true;
      trouble.textContent = silence;
      stuck();
    }, patience);
  }
  function close(answer) { // the line's open question, if this answers it and nobody else will see to it; gives it if it is this view's
    if (answer.id !== line.open?.id || !(mine(line.open) || !line.views.has(line.open.view))) return null;
    const question = line.open;
    line.open = null;
    if (!mine(question)) return null;
    clearTimeout(timer);
    if (trouble.textContent === silence || answer.message) trouble.textContent = answer.message ?? "";
    root.dataset.answers = String(++answers);
    return question;
  }
  function receive() {
    const text = model.get("response");
    if (!text) return;
    const answer = JSON.parse(text), asked = close(answer);
    if (sign === null || sign in answer) {
      begun = true;
      if (!ended) trouble.textContent = answer.message ?? "";
      show(answer, asked);
    } else if (!asked && !begun) ask({ action: "look" }); // this view begins in the middle of an upload or a download
    hear(answer);
    asked?.resolve(answer);
    pump();
  }
  function follow(name, listener) { // a value of the model's own: now, and whenever it changes
    followed.push([`change:${name}`, listener]);
    model.on(`change:${name}`, listener);
    listener();
  }
  function begin() {
    if (line.views.size === 0) Object.assign(line, { open: null, waiting: [] }); // whoever asked is gone, and nobody has heard the answer
    line.views.add(view);
    follow("response", receive);
    mark();
  }
  // What follows within a moment on the same control, the keys of a keyboard too, is one gesture: one step to take back.
  function gestureOf(control) {
    const now = performance.now(), goesOn = gesture.control === control && now - gesture.at < 800;
    gesture = { control, at: now, name: goesOn ? gesture.name : `${control}-${Date.now()}-${Math.random()}` };
    return gesture.name;
  }
  function stop() {
    clearTimeout(timer);
    deafen();
    for (const [event, listener] of followed) model.off(event, listener);
    line.views.delete(view);
    line.waiting = line.waiting.filter((question) => !mine(question));
    for (const other of line.views) other.mark();
  }
  return { ask, asking, busy, ahead: () => line.waiting.some(mine), gestureOf, follow, begin, stop, name: line.number, ended: () => ended };
}
