// Page side of InpaintStudio: samples, files, the brush and the before/after slider. Everything that passes is text.
const CSS = `
.ganlab-studio { display: flex; flex-direction: column; gap: 14px; padding: 14px; font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1c1c1c); background: var(--jp-layout-color1, #fff); border: 1px solid var(--jp-border-color2, #d9d9d9); border-radius: 10px; }
.ganlab-studio.dropping { outline: 3px dashed #0072B2; outline-offset: -6px; }
.ganlab-studio .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.ganlab-studio .stages { display: flex; flex-wrap: wrap; gap: 20px; align-items: flex-start; }
.ganlab-studio .stage { display: flex; flex-direction: column; gap: 10px; max-width: 100%; }
.ganlab-studio .title { font-weight: 600; }
.ganlab-studio canvas, .ganlab-studio .wipe { display: block; width: 100%; aspect-ratio: 1; border-radius: 8px; background: #8883; image-rendering: var(--pixels); }
.ganlab-studio canvas { touch-action: none; cursor: none; }
.ganlab-studio.busy canvas { cursor: progress; }
.ganlab-studio .wipe { position: relative; overflow: hidden; }
.ganlab-studio .wipe img { position: absolute; inset: 0; width: 100%; height: 100%; max-width: none; margin: 0; image-rendering: var(--pixels); }
.ganlab-studio .wipe i { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: #fff; box-shadow: 0 0 0 1px #000a; }
.ganlab-studio .wipe span { position: absolute; top: 8px; padding: 1px 8px; border-radius: 9px; background: #000b; color: #fff; font-size: 12px; }
.ganlab-studio button { font: inherit; padding: 4px 11px; border-radius: 6px; border: 1px solid var(--jp-border-color1, #bdbdbd);
  background: var(--jp-layout-color2, #f3f3f3); color: inherit; cursor: pointer; }
.ganlab-studio button.main, .ganlab-studio button.tool[aria-pressed=true] { background: #0072B2; border-color: #0072B2; color: #fff; }
.ganlab-studio button:disabled { opacity: .45; cursor: default; }
.ganlab-studio :is(button, input, canvas):focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-studio button.sample { padding: 2px; line-height: 0; }
.ganlab-studio button.sample img { width: 48px; height: 48px; margin: 0; border-radius: 4px; image-rendering: var(--pixels); }
.ganlab-studio button.sample[aria-pressed=true] { outline: 3px solid #D55E00; outline-offset: 1px; }
.ganlab-studio button.sample:focus-visible { outline: 3px solid #E69F00; outline-offset: 3px; }
.ganlab-studio input[type=file] { display: none; }
.ganlab-studio label { display: grid; grid-template-columns: max-content 1fr 4em; gap: 10px; align-items: center; }
.ganlab-studio label input { width: 100%; min-width: 60px; margin: 0; accent-color: #0072B2; }
.ganlab-studio label output { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.ganlab-studio .note { margin: 0; color: var(--jp-ui-font-color2, #666); }
.ganlab-studio kbd { padding: 0 4px; font: inherit; border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 4px; background: var(--jp-layout-color2, #f3f3f3);
  color: var(--jp-ui-font-color1, #1c1c1c); }
.ganlab-studio .trouble { padding: 7px 11px; border-left: 4px solid #D55E00; border-radius: 4px; background: #D55E0022; font-weight: 600; }
.ganlab-studio .trouble:empty { display: none; }`;
const VEIL = ["rgb(0 114 178 / 66%)", "rgb(86 180 233 / 66%)"]; // stripes: seen on every picture, a blue one too
const PIECE = 1 << 20; // bytes of a file in one message: Jupyter's connection breaks at 10 MB, and others earlier

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  node.dataset.lmSuppressShortcuts = "true"; // keys are the brush's here, not JupyterLab's
  return node;
}

// A mask, one byte a pixel, to and from base64 of its bits: row by row, the highest bit of a byte first.
function pack(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  for (let i = 0; i < mask.length; i++) bytes[i >> 3] |= mask[i] << (7 - (i & 7));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
function unpack(text, mask) {
  const bytes = atob(text);
  for (let i = 0; i < mask.length; i++) mask[i] = (bytes.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1;
}
function stripes(context, width) {
  const tile = make("canvas", { width: 4 * width, height: 4 * width }), inked = tile.getContext("2d"), side = tile.width;
  for (const [index, colour] of VEIL.entries()) {
    inked.fillStyle = colour;
    for (const shift of [-1, 0, 1]) { // slanted bands, half the tile wide each, that go on in the next tile
      const left = (shift + index / 2) * side;
      inked.fill(new Path2D(`M ${left} 0 h ${side / 2} l ${side} ${side} h ${-side / 2} z`));
    }
  }
  return context.createPattern(tile, "repeat");
}
function readBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function render({ model, el }) {
  const { resolution, scale, samples, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const side = resolution * scale, ratio = Math.min(2, window.devicePixelRatio || 1);
  const root = make("div", { className: "ganlab-studio" }, make("style", { textContent: CSS }));
  root.style.setProperty("--pixels", scale >= 1.5 ? "pixelated" : "auto");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Inpainting studio");

  // --- asking the kernel: one question at a time, and only the latest mask of a stroke waits -----------------------
  let number = Date.now() * 1000 + Math.floor(Math.random() * 1000); // no two views of one widget share numbers
  let open = null, waiting = [], timer = null, answers = 0;
  const trouble = make("div", { className: "trouble" });
  trouble.setAttribute("role", "alert");

  function ask(wish, released = null) {
    return new Promise((resolve) => {
      const last = waiting.at(-1);
      const question = { wish, released, resolve };
      if (last && last.wish.action === "mask" && wish.action === "mask" && last.wish.stroke === wish.stroke) waiting[waiting.length - 1] = question;
      else waiting.push(question);
      pump();
    });
  }
  function pump() {
    if (open === null && waiting.length > 0) {
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
  // Another picture or another mask is on its way: a stroke begun now would be painted over the old one.
  const busy = () => [open, ...waiting].some((question) => question && question.wish.action !== "mask");

  // --- the mask and the brush -------------------------------------------------------------------------------------
  const mask = new Uint8Array(resolution * resolution);
  const brush = { x: resolution / 2, y: resolution / 2, radius: Math.max(1, Math.round(resolution / 12)), erases: false, seen: false };
  let stroke = null;

  function stamp(x, y) { // from where the stroke was to (x, y): every pixel whose middle the round brush passes over
    const dx = x - stroke.x, dy = y - stroke.y, length = dx * dx + dy * dy, r = brush.radius;
    const inside = (value) => Math.max(0, Math.min(resolution - 1, Math.floor(value)));
    for (let row = inside(Math.min(y, stroke.y) - r); row <= inside(Math.max(y, stroke.y) + r); row++) {
      for (let column = inside(Math.min(x, stroke.x) - r); column <= inside(Math.max(x, stroke.x) + r); column++) {
        const px = column + 0.5 - stroke.x, py = row + 0.5 - stroke.y;
        const t = length ? Math.max(0, Math.min(1, (px * dx + py * dy) / length)) : 0;
        if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= r * r) mask[row * resolution + column] = brush.erases ? 0 : 1;
      }
    }
    Object.assign(stroke, { x, y });
  }
  const send = (released) => ask({ action: "mask", bits: pack(mask), stroke: stroke.name }, released);
  function begin(by) {
    if (stroke || busy()) return;
    stroke = { name: `${Date.now()}-${Math.random()}`, by, x: brush.x, y: brush.y };
    stamp(brush.x, brush.y);
    send();
    draw();
  }
  function move(x, y) {
    Object.assign(brush, { x, y, seen: true });
    if (stroke) { stamp(x, y); send(); }
    draw();
  }
  function lift() {
    if (!stroke) return;
    send(performance.now());
    stroke = null;
  }
  function act(action, more = {}) { lift(); return ask({ action, ...more }); }

  // --- the picture with its hole ------------------------------------------------------------------------------------
  const canvas = make("canvas", { width: Math.round(side * ratio), height: Math.round(side * ratio), tabIndex: 0 });
  const hole = make("canvas", { width: resolution, height: resolution });
  const veil = make("canvas", { width: canvas.width, height: canvas.height }), ink = veil.getContext("2d");
  ink.fillStyle = stripes(ink, Math.round(4 * ratio));
  const original = make("img", { alt: "", draggable: false });
  const context = canvas.getContext("2d");
  let drawing = 0;
  function draw() { if (!drawing) drawing = requestAnimationFrame(drawNow); }
  function drawNow() {
    drawing = 0;
    const zoom = canvas.width / resolution, line = canvas.width / (canvas.clientWidth || side);
    context.imageSmoothingEnabled = scale < 1.5;
    if (original.complete && original.naturalWidth) context.drawImage(original, 0, 0, canvas.width, canvas.height);
    const pixels = new ImageData(resolution, resolution);
    const rim = new Path2D(), at = (row, column) => mask[row * resolution + column];
    for (let row = 0; row < resolution; row++) {
      for (let column = 0; column < resolution; column++) {
        const here = at(row, column);
        pixels.data[4 * (row * resolution + column) + 3] = 255 * here;
        if (column && here !== at(row, column - 1)) { rim.moveTo(column * zoom, row * zoom); rim.lineTo(column * zoom, (row + 1) * zoom); }
        if (row && here !== at(row - 1, column)) { rim.moveTo(column * zoom, row * zoom); rim.lineTo((column + 1) * zoom, row * zoom); }
      }
    }
    hole.getContext("2d").putImageData(pixels, 0, 0);
    ink.globalCompositeOperation = "copy";
    ink.imageSmoothingEnabled = false;
    ink.drawImage(hole, 0, 0, veil.width, veil.height);
    ink.globalCompositeOperation = "source-in";
    ink.fillRect(0, 0, veil.width, veil.height);
    context.drawImage(veil, 0, 0);
    const lines = (path, ...styles) => {
      for (const [width, colour] of styles) { context.lineWidth = width * line; context.strokeStyle = colour; context.stroke(path); }
    };
    context.setLineDash([]);
    context.lineCap = "square";
    lines(rim, [3.5, "#0008"], [2, "#fff"]);
    if (!brush.seen && document.activeElement !== canvas) return;
    const ring = new Path2D();
    ring.arc(brush.x * zoom, brush.y * zoom, brush.radius * zoom, 0, 2 * Math.PI);
    lines(ring, [4, "#000b"]);
    context.lineCap = "butt";
    context.setLineDash(brush.erases ? [6 * line, 5 * line] : []);
    lines(ring, [2, "#fff"]);
  }
  original.addEventListener("load", draw);

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * resolution, (event.clientY - box.top) / box.height * resolution];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || stroke) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    move(...place(event));
    begin(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (stroke && stroke.by !== event.pointerId) return;
    for (const step of event.getCoalescedEvents?.() ?? []) if (stroke) stamp(...place(step));
    move(...place(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => { if (stroke && stroke.by === event.pointerId) lift(); });
  }
  canvas.addEventListener("pointerleave", () => { brush.seen = false; draw(); });
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", () => { lift(); draw(); });

  // --- keyboard -----------------------------------------------------------------------------------------------------
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function press(event) { // true if the key is the brush's
    const key = event.key.toLowerCase();
    if (event.key in ARROWS) {
      const step = Math.max(1, resolution / 64) * (event.shiftKey ? 6 : 1);
      const [x, y] = ARROWS[event.key].map((d, axis) => Math.max(0, Math.min(resolution, [brush.x, brush.y][axis] + d * step)));
      move(x, y);
    } else if (key === " ") { if (!event.repeat) begin("space"); }
    else if (key === "enter") { if (stroke) lift(); else begin("enter"); }
    else if (key === "e") setErases(!brush.erases);
    else if (key === "[" || key === "]") { radius.value = +radius.value + (key === "]" ? 1 : -1); setRadius(); }
    else return false;
    return true;
  }
  canvas.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey) return; // with Alt it may be AltGr, which types [ on many keyboards
    if (press(event)) { event.preventDefault(); event.stopPropagation(); }
  });
  canvas.addEventListener("keyup", (event) => { if (event.key === " " && stroke?.by === "space") lift(); });
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    const button = key === "z" && !event.shiftKey ? undo : key === "y" || key === "z" ? redo : null;
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    if (!button.disabled) button.click();
  });

  // --- tools --------------------------------------------------------------------------------------------------------
  const button = (text, title, click, kind = "") => {
    const node = make("button", { textContent: text, title, className: kind, type: "button" });
    node.addEventListener("click", click);
    return node;
  };
  const paint = button("Paint", "the brush makes a hole", () => setErases(false), "tool");
  const erase = button("Erase", "the brush brings the picture back", () => setErases(true), "tool");
  const undo = button("Undo", "back to the state before the last change", () => act("undo"));
  const redo = button("Redo", "forward again", () => act("redo"));
  const clear = button("Clear", "no hole any more", () => act("clear"));
  const radius = make("input", { type: "range", min: 1, max: Math.round(resolution / 4), step: 1, value: brush.radius });
  radius.setAttribute("aria-label", "Brush radius in pixels");
  const radiusShown = make("output");
  function setErases(erases) {
    lift();
    brush.erases = erases;
    paint.setAttribute("aria-pressed", String(!erases));
    erase.setAttribute("aria-pressed", String(erases));
    draw();
  }
  function setRadius() {
    brush.radius = +radius.value;
    radiusShown.textContent = `${brush.radius} px`;
    draw();
  }
  radius.addEventListener("input", setRadius);

  // --- the result, before and after -----------------------------------------------------------------------------------
  const result = make("img", { draggable: false });
  const before = make("img", { alt: "", draggable: false });
  const divider = make("i"), tagBefore = make("span", { textContent: "original" }), tagAfter = make("span", { textContent: "filled" });
  tagBefore.style.left = tagAfter.style.right = "8px";
  const wipe = make("input", { type: "range", min: 0, max: 100, step: 1, value: 0 });
  wipe.setAttribute("aria-label", "Show original, in percent from the left: before and after");
  const wipeShown = make("output");
  function setWipe() {
    const share = +wipe.value;
    before.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    divider.style.left = `${share}%`;
    divider.hidden = share === 0 || share === 100;
    tagBefore.hidden = share < 25;
    tagAfter.hidden = share > 75;
    wipeShown.textContent = `${share} %`;
  }
  wipe.addEventListener("input", setWipe);
  const download = button("Download", "the filled picture as a PNG", () => {
    make("a", { href: result.src, download: "inpainted.png" }).click();
  }, "main");

  // --- samples and files ----------------------------------------------------------------------------------------------
  const faces = samples.map((url, index) => {
    const face = make("button", { className: "sample", type: "button", title: `sample ${index + 1}` }, make("img", { src: url, alt: `sample ${index + 1}` }));
    face.addEventListener("click", () => act("choose", { index }));
    return face;
  });
  const file = make("input", { type: "file", accept: "image/*" });
  const pick = button("Upload…", `a picture of your own: PNG, JPEG, WebP and others, at most ${maxBytes / 1e6} MB; it goes to your kernel only`, () => file.click());
  let uploading = false;
  async function upload(picked) {
    if (!picked || uploading) return;
    if (picked.size > maxBytes) {
      trouble.textContent = `Sorry, this picture cannot be used: expected a file of at most ${maxBytes / 1e6} MB, got ${Math.ceil(picked.size / 1e6)} MB.`;
      return;
    }
    uploading = pick.disabled = true;
    try {
      for (let start = 0, more = true; more; start += PIECE) {
        more = start + PIECE < picked.size;
        const data = await readBase64(picked.slice(start, start + PIECE));
        const answer = await act("upload", { data, first: start === 0, more });
        if (answer.message) { trouble.scrollIntoView({ block: "nearest" }); break; } // on a phone it is far below the button
        if (more) status.textContent = `Uploading: ${Math.round(100 * (start + PIECE) / picked.size)} %`;
      }
    } catch (error) {
      trouble.textContent = `Sorry, the browser cannot read this file (${error.name}).`;
    } finally {
      uploading = pick.disabled = false;
      file.value = ""; // the same file may be chosen again
    }
  }
  file.addEventListener("change", () => upload(file.files[0]));
  const drags = (event) => event.dataTransfer?.types.includes("Files");
  root.addEventListener("dragover", (event) => {
    if (!drags(event)) return;
    event.preventDefault();
    event.stopPropagation();
    root.classList.add("dropping");
  });
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("dropping"); });
  root.addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!drags(event)) return;
    event.preventDefault();
    event.stopPropagation();
    upload(event.dataTransfer.files[0]);
  });

  // --- everything in its place ------------------------------------------------------------------------------------------
  const key = (text) => make("kbd", { textContent: text });
  const help = make("p", { className: "note", id: `ganlab-studio-${number}` }, "Draw with the mouse or a finger. With the keyboard, on the picture: arrow keys move the brush (",
    key("Shift"), " faster), hold ", key("Space"), " to paint, or ", key("Enter"), " to put the brush down and to lift it; ", key("E"), " switches between paint and erase, ",
    key("["), " ", key("]"), " change the radius, ", key("Ctrl+Z"), " and ", key("Ctrl+Y"), " undo and redo.");
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "painting area");
  canvas.setAttribute("aria-describedby", help.id);
  const status = make("div", { className: "note" });
  status.setAttribute("role", "status");
  const stage = (title, ...children) => {
    const node = make("div", { className: "stage" }, make("div", { className: "title", textContent: title }), ...children);
    node.style.width = `${side}px`;
    return node;
  };
  const field = (text, ...children) => make("label", {}, make("span", { textContent: text }), ...children);
  root.append(
    make("div", { className: "bar" }, ...faces, pick, file, make("span", { className: "note", textContent: "or drop a file here" })),
    make("div", { className: "stages" },
      stage("Paint over what should vanish", canvas, make("div", { className: "bar" }, paint, erase, undo, redo, clear), field("Brush", radius, radiusShown)),
      stage("Filled by the network", make("div", { className: "wipe" }, result, before, divider, tagBefore, tagAfter), field("Show original", wipe, wipeShown),
        make("div", { className: "bar" }, download, status))),
    trouble, help);

  function receive() {
    const text = model.get("response");
    if (!text) return;
    const answer = JSON.parse(text);
    const asked = open !== null && answer.id === open.id ? open : null;
    if (asked) {
      clearTimeout(timer);
      trouble.textContent = "";
      open = null;
      root.dataset.answers = String(++answers);
    }
    if (answer.image) showAnswer(answer, asked);
    else if (!asked) ask({ action: "look" }); // this view begins in the middle of an upload
    asked?.resolve(answer);
    pump();
  }
  function showAnswer(answer, asked) {
    result.src = answer.image;
    if (asked?.released) {
      result.decode().then(() => { root.dataset.lastMs = (performance.now() - asked.released).toFixed(1); }, () => {});
    }
    trouble.textContent = answer.message;
    undo.disabled = answer.undo === 0;
    redo.disabled = answer.redo === 0;
    clear.disabled = answer.missing === 0;
    faces.forEach((face, index) => face.setAttribute("aria-pressed", String(index === answer.chosen)));
    if (stroke || waiting.length > 0) return; // the hand is ahead of the answer
    unpack(answer.mask, mask);
    draw();
    const share = answer.missing === 0 || answer.missing >= 0.01 ? Math.round(100 * answer.missing) : "less than 1";
    canvas.setAttribute("aria-label", answer.missing ? `The picture with a hole: ${share} % is missing.` : "The picture, without a hole yet: paint over what should vanish.");
    result.alt = answer.missing ? `The filled picture: ${share} % of it comes from the network.` : "The picture as it is: nothing is missing yet.";
    status.textContent = answer.missing ? `${share} % of the picture is new` : "nothing is missing yet";
  }
  function receiveOriginal() {
    original.src = before.src = model.get("original");
  }
  model.on("change:response", receive);
  model.on("change:original", receiveOriginal);
  setErases(false);
  setRadius();
  setWipe();
  receiveOriginal();
  receive();
  el.append(root);
  draw();
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(drawing);
    model.off("change:response", receive);
    model.off("change:original", receiveOriginal);
  };
}

export default { render };
