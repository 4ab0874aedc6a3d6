// The pad of StyleStudio: a style in each corner, and the point that mixes them.
const CORNERS = [["A", "#E69F00"], ["B", "#56B4E9"], ["C", "#009E73"], ["D", "#CC79A7"]]; // told apart by the colour-blind, too

const badge = (letter, colour) => {
  const node = make("span", { className: "badge", textContent: letter });
  node.style.setProperty("--corner", colour);
  return node;
};

// The four pictures faded into each other as their weights do: each times (1 - x) or x, times (1 - y) or y, and added.
function fade(canvas, pictures) {
  const side = canvas.width, context = canvas.getContext("2d");
  const layer = make("canvas", { width: side, height: side }), ink = layer.getContext("2d");
  context.globalCompositeOperation = "copy";
  context.fillStyle = "#0000";
  context.fillRect(0, 0, side, side);
  context.globalCompositeOperation = "lighter";
  pictures.forEach((picture, index) => {
    if (!isLoaded(picture)) return;
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
  aria(pad, { role: "slider", valuemin: 0, valuemax: 100, label: "Mixture of the four styles: arrow keys move the point, Home brings it to the middle, A to D to a corner" });
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
    aria(pad, { valuenow: Math.round(100 * x), valuetext: CORNERS.map(([letter], index) => `${letter} ${shares[index]}`).join(", ") });
  }
  function go(x, y) {
    const [inX, inY] = [x, y].map((value) => Math.round(1000 * clamp(value, 0, 1)) / 1000);
    if (inX === point.x && inY === point.y) return;
    set(inX, inY);
    move(inX, inY);
  }
  const follow = (event) => {
    const { x, y } = placeOn(pad, event, 1, 1);
    go(x, y);
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
  const PLACES = { Home: [0.5, 0.5], a: [0, 0], b: [1, 0], c: [0, 1], d: [1, 1] };
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = ARROWS[event.key], place = PLACES[event.key.length > 1 ? event.key : event.key.toLowerCase()];
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
