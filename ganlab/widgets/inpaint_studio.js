// Second half of InpaintStudio's page side: samples, the brush and the before/after slider. Everything that passes is text.
function render({ model, el }) {
  const { resolution, scale, samples, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const side = resolution * scale, ratio = Math.min(2, window.devicePixelRatio || 1);
  const root = make("div", { className: "ganlab-studio", tabIndex: -1 }, make("style", { textContent: CSS }));
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
  let drawing = 0;
  function draw() { if (!drawing) drawing = requestAnimationFrame(drawNow); }
  function drawNow() {
    drawing = 0;
    const ring = brush.seen || document.activeElement === canvas ? brush : null;
    drawHole({ canvas, hole, veil, ink, original, mask, resolution, ring, smooth: scale < 1.5, line: canvas.width / (canvas.clientWidth || side) });
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
  const status = make("div", { className: "note" });
  status.setAttribute("role", "status");
  takeFiles({ root, file, pick, trouble, status, maxBytes, send: (piece) => act("upload", piece) });

  // --- everything in its place ------------------------------------------------------------------------------------------
  const key = (text) => make("kbd", { textContent: text });
  const help = make("p", { className: "note", id: `ganlab-studio-${number}` }, "Draw with the mouse or a finger. With the keyboard, on the picture: arrow keys move the brush (",
    key("Shift"), " faster), hold ", key("Space"), " to paint, or ", key("Enter"), " to put the brush down and to lift it; ", key("E"), " switches between paint and erase, ",
    key("["), " ", key("]"), " change the radius, ", key("Ctrl+Z"), " and ", key("Ctrl+Y"), " undo and redo.");
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "painting area");
  canvas.setAttribute("aria-describedby", help.id);
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
    for (const [node, idle] of [[undo, answer.undo === 0], [redo, answer.redo === 0], [clear, answer.missing === 0]]) {
      if (idle && node === document.activeElement) root.focus({ preventScroll: true }); // or Ctrl+Z would be JupyterLab's
      node.disabled = idle;
    }
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
    deafen();
    cancelAnimationFrame(drawing);
    model.off("change:response", receive);
    model.off("change:original", receiveOriginal);
  };
}

export default { render };
