// Third part of StyleStudio's page side: the pad with a style in each corner, and the gallery that fills the corners.

// The four pictures faded into each other as their weights do: each times (1 - x) or x, times (1 - y) or y, and added.
function fade(canvas, pictures) {
  const side = canvas.width, context = canvas.getContext("2d");
  const layer = make("canvas", { width: side, height: side }), ink = layer.getContext("2d");
  context.globalCompositeOperation = "copy";
  context.fillStyle = "#0000";
  context.fillRect(0, 0, side, side);
  context.globalCompositeOperation = "lighter";
  pictures.forEach((picture, index) => {
    if (!picture.complete || !picture.naturalWidth) return;
    ink.globalCompositeOperation = "copy";
    ink.drawImage(picture, 0, 0, side, side);
    ink.globalCompositeOperation = "destination-in";
    for (const [dx, dy, far] of [[side, 0, index % 2], [0, side, index > 1]]) {
      const ramp = ink.createLinearGradient(0, 0, dx, dy);
      ramp.addColorStop(far ? 1 : 0, "#000");
      ramp.addColorStop(far ? 0 : 1, "#0000");
      ink.fillStyle = ramp;
      ink.fillRect(0, 0, side, side);
    }
    context.drawImage(layer, 0, 0);
  });
}

const padWeights = (x, y) => [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];

// `move(x, y)` when the point goes to (x, y), 0 to 1 both; `choose(index)` when a corner is clicked.
function makePad({ move, choose, drop }) {
  const point = { x: 0.5, y: 0.5 };
  let held = null;
  const knob = make("i"), canvas = make("canvas", { width: 240, height: 240 });
  const pad = make("div", { className: "pad", tabIndex: 0, title: "drag the point: the nearer a corner, the more of its style" }, canvas, knob);
  pad.setAttribute("role", "slider");
  pad.setAttribute("aria-label", "Mixture of the four styles: arrow keys move the point, Home brings it to the middle, A to D to a corner");
  pad.setAttribute("aria-valuemin", "0");
  pad.setAttribute("aria-valuemax", "100");
  const corners = CORNERS.map(([letter, colour], index) => {
    const picture = make("img", { alt: "", draggable: false }), weight = make("span");
    const node = make("button", { type: "button", className: index > 1 ? "corner low" : "corner" }, picture, badge(letter, colour), weight);
    node.style.setProperty("--corner", colour);
    node.addEventListener("click", () => choose(index));
    picture.addEventListener("load", () => fade(canvas, corners.map((corner) => corner.picture)));
    drop(index, node);
    return { node, picture, weight, name: "" };
  });
  function set(x, y) {
    Object.assign(point, { x, y });
    knob.style.left = `${100 * x}%`;
    knob.style.top = `${100 * y}%`;
    const shares = padWeights(x, y).map((share) => `${Math.round(100 * share)} %`);
    corners.forEach((corner, index) => { corner.weight.textContent = shares[index]; });
    pad.setAttribute("aria-valuenow", String(Math.round(100 * x)));
    pad.setAttribute("aria-valuetext", CORNERS.map(([letter], index) => `${letter} ${shares[index]}`).join(", "));
  }
  function go(x, y) {
    const [inX, inY] = [x, y].map((value) => Math.round(1000 * Math.max(0, Math.min(1, value))) / 1000);
    if (inX === point.x && inY === point.y) return;
    set(inX, inY);
    move(inX, inY);
  }
  const follow = (event) => {
    const box = pad.getBoundingClientRect();
    go((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  pad.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held !== null) return;
    event.preventDefault();
    pad.focus({ preventScroll: true });
    pad.setPointerCapture(event.pointerId);
    held = event.pointerId;
    pad.classList.add("held");
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => { if (held === event.pointerId) follow(event); });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, (event) => { if (held === event.pointerId) { held = null; pad.classList.remove("held"); } });
  }
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const PLACES = { Home: [0.5, 0.5], a: [0, 0], b: [1, 0], c: [0, 1], d: [1, 1] };
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key], place = PLACES[event.key.length > 1 ? event.key : event.key.toLowerCase()];
    if (!step && !place) return;
    event.preventDefault();
    event.stopPropagation();
    const length = event.shiftKey ? 0.1 : 0.02;
    if (step) go(point.x + length * step[0], point.y + length * step[1]);
    else go(...place);
  });
  function show(styles) { // [{name, url}] of the four corners
    styles.forEach(({ name, url }, index) => {
      const { node, picture } = corners[index], letter = CORNERS[index][0];
      corners[index].name = name;
      picture.src = url;
      picture.alt = `style ${letter}: ${name}`;
      node.title = `style ${letter}: ${name}; click, then choose another below`;
    });
  }
  set(point.x, point.y);
  return { node: make("div", { className: "mix" }, corners[0].node, pad, corners[1].node, corners[2].node, corners[3].node), set, show, held: () => held !== null,
    pick: (current) => corners.forEach(({ node }, index) => press(node, index === current)) };
}
