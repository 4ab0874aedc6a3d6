// Second part of StyleStudio's page side, after _inpaint_page.js: how it looks, regions as runs, questions to the kernel.
const CORNERS = [["A", "#E69F00"], ["B", "#56B4E9"], ["C", "#009E73"], ["D", "#CC79A7"]]; // told apart by the colour-blind, too
const STYLE_CSS = `
.ganlab-style { container-type: inline-size; outline: none; }
.ganlab-style .desk { display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); align-items: start; }
.ganlab-style .styles { display: grid; gap: 12px 20px; align-content: start; }
.ganlab-style .styles { order: 1; } /* on a phone the result stays in sight while the point moves */
.ganlab-style .dials { display: flex; flex-direction: column; gap: 10px; min-width: 0; }
@container (min-width: 540px) {
  .ganlab-style .desk { grid-template: "picture result" "styles styles" / minmax(0, 1fr) minmax(0, 1fr); }
  .ganlab-style .picture { grid-area: picture; }
  .ganlab-style .result { grid-area: result; }
  .ganlab-style .styles { grid-area: styles; grid-template-columns: 300px minmax(0, 1fr); }
  .ganlab-style .styles .title { grid-column: 1 / -1; }
}
@container (min-width: 880px) {
  .ganlab-style .desk { grid-template: "picture styles result" / minmax(0, 1fr) 300px minmax(0, 1fr); }
  .ganlab-style .styles { grid-template-columns: minmax(0, 1fr); }
}
.ganlab-style canvas.paper, .ganlab-style .wipe { aspect-ratio: var(--aspect); width: min(100%, calc(400px * var(--aspect))); min-width: 24px; min-height: 24px;
  margin: 0 auto; }
.ganlab-style .push { margin-left: auto; }
.ganlab-style .bar.tight { flex-wrap: nowrap; }
.ganlab-style .badge { display: inline-grid; place-items: center; width: 20px; height: 20px; flex: none; border-radius: 50%; background: var(--corner); color: #000;
  font-weight: 700; font-size: 12px; line-height: 1; box-shadow: 0 0 0 1.5px #fff, 0 0 0 2.5px #0007; }
.ganlab-style button.chip { display: inline-flex; align-items: center; padding: 4px 8px; }
.ganlab-style button.chip[aria-pressed=true] { outline: 3px solid var(--corner); outline-offset: 1px; background: var(--jp-layout-color1, #fff); }
.ganlab-style button.chip:focus-visible { outline: 3px solid #E69F00; outline-offset: 3px; }
.ganlab-style .mix { display: grid; grid-template: 1fr 1fr / 62px minmax(0, 1fr) 62px; gap: 8px; align-self: start; max-width: 340px; }
.ganlab-style .pad { grid-area: 1 / 2 / 3 / 3; align-self: center; position: relative; aspect-ratio: 1; border-radius: 8px; touch-action: none; cursor: grab; background: #8883; }
.ganlab-style .pad.held { cursor: grabbing; }
.ganlab-style .pad:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-style .pad canvas { width: 100%; height: 100%; cursor: inherit; pointer-events: none; image-rendering: auto; }
.ganlab-style .pad i { position: absolute; width: 22px; height: 22px; margin: -11px 0 0 -11px; box-sizing: border-box; border-radius: 50%; border: 4px solid #fff;
  background: #0072B2; box-shadow: 0 0 0 1.5px #000b, 0 2px 6px #0008; pointer-events: none; }
.ganlab-style button.corner { position: relative; display: flex; flex-direction: column; gap: 3px; align-items: center; padding: 2px; border-color: transparent; background: none;
  font-size: 12px; font-variant-numeric: tabular-nums; line-height: 1.3; align-self: start; }
.ganlab-style button.corner.low { align-self: end; }
.ganlab-style button.corner img { width: 56px; height: 56px; margin: 0; max-width: none; border-radius: 6px; outline: 1px solid #0003; }
.ganlab-style button.corner .badge { position: absolute; top: -3px; left: -3px; }
.ganlab-style button.corner[aria-pressed=true] img { outline: 3px solid var(--corner); outline-offset: 1px; }
.ganlab-style button.corner.dropping img { outline: 3px dashed #0072B2; outline-offset: 1px; }
.ganlab-style .gallery { display: grid; grid-template-columns: repeat(auto-fill, 38px); gap: 5px; }
.ganlab-style .gallery button.sample img { width: 32px; height: 32px; max-width: none; }
.ganlab-style .ellipsis { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.ganlab-style label.check { display: flex; gap: 8px; }
.ganlab-style label.check input { width: auto; min-width: 0; }
.ganlab-style label.inline { display: inline-flex; gap: 8px; }
.ganlab-style select { font: inherit; color: inherit; padding: 3px 6px; border-radius: 6px; border: 1px solid var(--jp-border-color1, #bdbdbd); background: var(--jp-layout-color2, #f3f3f3); }
.ganlab-style select:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-style .quiet { color: var(--jp-ui-font-color2, #666); font-variant-numeric: tabular-nums; }`;

// Regions, one byte a pixel, to and from [value, how often, value, how often, ...].
function toRuns(regions) {
  const runs = [];
  for (let start = 0, end = 0; start < regions.length; start = end) {
    while (end < regions.length && regions[end] === regions[start]) end++;
    runs.push(regions[start], end - start);
  }
  return runs;
}
function fromRuns(runs, regions) {
  for (let index = 0, start = 0; index < runs.length; index += 2) {
    regions.fill(runs[index], start, start + runs[index + 1]);
    start += runs[index + 1];
  }
}

const badge = (letter, colour) => {
  const node = make("span", { className: "badge", textContent: letter });
  node.style.setProperty("--corner", colour);
  return node;
};
const button = (text, title, click, kind = "") => {
  const node = make("button", { textContent: text, title, className: kind, type: "button" });
  node.addEventListener("click", click);
  return node;
};
const press = (node, pressed) => node.setAttribute("aria-pressed", String(pressed));
const field = (text, ...children) => make("label", {}, make("span", { textContent: text }), ...children);

// Asking the kernel: one question at a time, and of one gesture (a drag, a stroke) only the latest wish waits.
function talk({ model, root, trouble }) {
  let number = Date.now() * 1000 + Math.floor(Math.random() * 1000); // no two views of one widget share numbers
  let open = null, timer = null, answers = 0, gesture = {};
  const waiting = [];
  const live = (wish) => wish.action === "adjust" || wish.action === "paint";

  function ask(wish, released = null) {
    return new Promise((resolve) => {
      const last = waiting.at(-1), question = { wish, released, resolve };
      if (last && live(wish) && last.wish.action === wish.action && wish.gesture && last.wish.gesture === wish.gesture) waiting[waiting.length - 1] = question;
      else waiting.push(question);
      pump();
    });
  }
  let ended = false;
  const deafen = whenKernelEnds(model, (sentence) => {
    ended = true;
    clearTimeout(timer);
    trouble.textContent = sentence;
  });
  function pump() {
    if (ended) trouble.scrollIntoView({ block: "nearest" });
    else if (open === null && waiting.length > 0) {
      open = { id: ++number, ...waiting.shift() };
      model.set("request", JSON.stringify({ id: open.id, ...open.wish }));
      model.save_changes();
      clearTimeout(timer);
      timer = setTimeout(() => {
        trouble.textContent = "The kernel does not answer. If it has stopped, restart it and run this cell again.";
      }, 5000);
    }
    root.classList.toggle("busy", busy());
    root.dataset.asking = String(open !== null);
  }
  // Another picture or other regions are on their way: a stroke begun now would be painted over the old ones.
  const busy = () => [open, ...waiting].some((question) => question && !live(question.wish));
  function answered(answer) { // the question that was answered, if it was this view's
    const asked = open !== null && answer.id === open.id ? open : null;
    if (!asked) return null;
    clearTimeout(timer);
    trouble.textContent = "";
    open = null;
    root.dataset.answers = String(++answers);
    return asked;
  }
  // What follows within a moment on the same control, the keys of a keyboard too, is one gesture: one step to take back.
  function gestureOf(control) {
    const now = performance.now(), goesOn = gesture.control === control && now - gesture.at < 800;
    gesture = { control, at: now, name: goesOn ? gesture.name : `${control}-${Date.now()}-${Math.random()}` };
    return gesture.name;
  }
  return { ask, pump, busy, answered, gestureOf, name: number, ahead: () => waiting.length > 0, stop() { clearTimeout(timer); deafen(); } };
}

// The painted picture with the picture as it was drawn over its left part.
function makeWipe() {
  const result = make("img", { draggable: false });
  const before = make("img", { alt: "", draggable: false });
  const divider = make("i"), tagBefore = make("span", { textContent: "original" }), tagAfter = make("span", { textContent: "painted" });
  tagBefore.style.left = tagAfter.style.right = "8px";
  const slider = make("input", { type: "range", min: 0, max: 100, step: 1, value: 0 });
  slider.setAttribute("aria-label", "Show original, in percent from the left: before and after");
  const shown = make("output");
  function set() {
    const share = +slider.value;
    before.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    divider.style.left = `${share}%`;
    divider.hidden = share === 0 || share === 100;
    tagBefore.hidden = share < 25;
    tagAfter.hidden = share > 75;
    shown.textContent = `${share} %`;
  }
  slider.addEventListener("input", set);
  set();
  return { result, before, frame: make("div", { className: "wipe" }, result, before, divider, tagBefore, tagAfter), dial: field("Show original", slider, shown) };
}
