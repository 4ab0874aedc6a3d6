// Page side of LatentExplorer: sliders, strip and walk. Everything that passes is text.
const CSS = `
.ganlab-explorer { display: flex; flex-wrap: wrap; gap: 20px; padding: 14px; font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1c1c1c); background: var(--jp-layout-color1, #fff); border: 1px solid var(--jp-border-color2, #d9d9d9); border-radius: 10px; }
.ganlab-explorer .stage { display: flex; flex-direction: column; gap: 10px; align-items: stretch; }
.ganlab-explorer .stage > img { border-radius: 8px; image-rendering: pixelated; background: #8883; max-width: 100%; }
.ganlab-explorer .bar { display: flex; flex-wrap: wrap; gap: 6px; }
.ganlab-explorer button { font: inherit; padding: 4px 11px; border-radius: 6px; border: 1px solid var(--jp-border-color1, #bdbdbd);
  background: var(--jp-layout-color2, #f3f3f3); color: inherit; cursor: pointer; }
.ganlab-explorer button.main { background: #0072B2; border-color: #0072B2; color: #fff; }
.ganlab-explorer button:disabled { opacity: .45; cursor: default; }
.ganlab-explorer button:focus-visible, .ganlab-explorer input:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-explorer .panel { flex: 1 1 260px; min-width: 220px; display: grid; grid-template-columns: minmax(84px, max-content) 1fr 3.2em; gap: 5px 10px;
  align-items: center; align-content: start; }
.ganlab-explorer .panel input { width: 100%; min-width: 60px; accent-color: #0072B2; }
.ganlab-explorer .panel output { text-align: right; font-variant-numeric: tabular-nums; }
.ganlab-explorer .strip { flex: 1 1 100%; display: flex; flex-wrap: wrap; gap: 6px; align-items: center; min-height: 60px; }
.ganlab-explorer .strip button.face { padding: 2px; line-height: 0; position: relative; }
.ganlab-explorer .strip img { width: 56px; height: 56px; border-radius: 4px; image-rendering: pixelated; }
.ganlab-explorer .strip button.face[aria-pressed=true] { outline: 3px solid #D55E00; outline-offset: 1px; }
.ganlab-explorer .walk { display: flex; align-items: center; gap: 8px; flex: 1 1 200px; }
.ganlab-explorer .walk input { flex: 1; min-width: 90px; accent-color: #D55E00; }
.ganlab-explorer .note { color: var(--jp-ui-font-color2, #666); }
.ganlab-explorer .trouble { flex: 1 1 100%; color: #D55E00; font-weight: 600; }
.ganlab-explorer .trouble:empty { display: none; }`;

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  node.dataset.lmSuppressShortcuts = "true"; // arrow keys are the slider's here, not JupyterLab's
  return node;
}

// The kernel's own word that it has ended, where the page can hear it (JupyterLab, Notebook, Voila): nothing asked before will be answered,
// and a kernel that comes back does not know this widget. Gives a function that stops listening.
function whenKernelEnds(model, tell) {
  const kernel = model.widget_manager?.kernel, ends = ["restarting", "autorestarting", "terminating", "dead"];
  const heard = (_, status) => { if (ends.includes(status)) tell("The kernel has stopped, and this widget with it. Run the notebook again from the top."); };
  kernel?.statusChanged?.connect(heard);
  return () => kernel?.statusChanged?.disconnect(heard);
}

function render({ model, el }) {
  const names = JSON.parse(model.get("names"));
  const size = model.get("size");
  const root = make("div", { className: "ganlab-explorer" });
  root.append(make("style", { textContent: CSS }));
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Latent explorer");

  // --- asking the kernel: one question at a time, and only the latest of those that wait --------------------------
  let number = 0, open = null, waiting = [], timer = null;
  const trouble = make("div", { className: "trouble" });
  trouble.setAttribute("role", "alert");

  function ask(wish) {
    // A newer position replaces one that still waits; buttons are never dropped.
    const last = waiting.at(-1);
    const replaces = last && last.action === wish.action && last.name === wish.name && ["set", "walk"].includes(wish.action);
    if (replaces) waiting[waiting.length - 1] = wish; else waiting.push(wish);
    pump();
  }
  let ended = false;
  const deafen = whenKernelEnds(model, (sentence) => {
    ended = true;
    clearTimeout(timer);
    trouble.textContent = sentence;
  });
  function pump() {
    if (ended) trouble.scrollIntoView({ block: "nearest" });
    if (ended || open !== null || waiting.length === 0) return;
    open = ++number;
    model.set("request", JSON.stringify({ id: open, ...waiting.shift() }));
    model.save_changes();
    clearTimeout(timer);
    timer = setTimeout(() => {
      trouble.textContent = "The kernel does not answer. If it has stopped, restart it and run this cell again.";
    }, 5000);
  }

  // --- the picture ----------------------------------------------------------------------------------------------
  const picture = make("img", { width: size, height: size, alt: "the generated picture", draggable: false });
  const button = (text, action, title, kind = "") => {
    const node = make("button", { textContent: text, title, className: kind, type: "button" });
    node.addEventListener("click", () => ask({ action }));
    return node;
  };
  const undo = button("Undo", "undo", "back to the state before the last change");
  const redo = button("Redo", "redo", "forward again");
  const bar = make("div", { className: "bar" }, button("Random", "random", "another picture, sliders at zero", "main"), undo, redo,
    button("Save", "save", "put this picture on the strip"));
  root.append(make("div", { className: "stage" }, picture, bar));

  // --- sliders --------------------------------------------------------------------------------------------------
  const panel = make("div", { className: "panel" });
  const sliders = {};
  for (const name of names) {
    const input = make("input", { type: "range", min: -5, max: 5, step: 0.1, value: 0 });
    input.setAttribute("aria-label", name);
    input.dataset.name = name;
    const shown = make("output", { textContent: "0.0" });
    let dragging = false;
    input.addEventListener("input", () => {
      if (!dragging) { dragging = true; ask({ action: "remember" }); }
      shown.textContent = (+input.value).toFixed(1);
      ask({ action: "set", name, amount: +input.value });
    });
    input.addEventListener("change", () => { dragging = false; });
    const zero = () => { input.value = 0; input.dispatchEvent(new Event("input")); input.dispatchEvent(new Event("change")); };
    input.addEventListener("dblclick", zero);
    sliders[name] = { input, shown, isDragging: () => dragging };
    panel.append(make("span", { textContent: name }), input, shown);
  }
  root.append(panel);

  // --- strip and walk -------------------------------------------------------------------------------------------
  const strip = make("div", { className: "strip" });
  const walk = make("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0, disabled: true });
  walk.setAttribute("aria-label", "walk between the two chosen pictures");
  let chosen = [], saved = [];
  walk.addEventListener("input", () => {
    if (chosen.length === 2) ask({ action: "walk", first: chosen[0], second: chosen[1], t: +walk.value });
  });
  function drawStrip() {
    strip.replaceChildren();
    if (saved.length === 0) strip.append(make("span", { className: "note", textContent: "Saved pictures appear here. Choose two to walk between them." }));
    saved.forEach((url, index) => {
      const face = make("button", { className: "face", type: "button" }, make("img", { src: url, alt: `saved picture ${index + 1}` }));
      face.setAttribute("aria-pressed", String(chosen.includes(index)));
      face.addEventListener("click", () => {
        chosen = chosen.includes(index) ? chosen.filter((i) => i !== index) : [...chosen, index].slice(-2);
        walk.disabled = chosen.length !== 2;
        walk.value = 0;
        drawStrip();
      });
      strip.append(face);
    });
    if (saved.length > 1) strip.append(make("label", { className: "walk" }, make("span", { className: "note", textContent: "walk" }), walk));
  }
  root.append(strip, trouble);

  function receive() {
    const text = model.get("response");
    if (!text) return;
    const answer = JSON.parse(text);
    picture.src = answer.image;
    undo.disabled = answer.undo === 0;
    redo.disabled = answer.redo === 0;
    for (const [name, { input, shown, isDragging }] of Object.entries(sliders)) {
      if (isDragging() || waiting.some((wish) => wish.name === name)) continue; // the hand is ahead of the answer
      input.value = answer.amounts[name];
      shown.textContent = answer.amounts[name].toFixed(1);
    }
    if (answer.strip) { saved = answer.strip; chosen = chosen.filter((i) => i < saved.length); drawStrip(); }
    if (answer.id === open || answer.id === 0) {
      clearTimeout(timer);
      trouble.textContent = "";
      open = null;
      root.dataset.answers = String(answer.id);
      pump();
    }
  }
  model.on("change:response", receive);
  drawStrip();
  receive();
  el.append(root);
  return () => { clearTimeout(timer); deafen(); model.off("change:response", receive); };
}

export default { render };
