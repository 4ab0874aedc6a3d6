// Playground's page. It asks for the next piece of training when the last one is drawn: the page sets the pace.
const BLUE = "#0072B2", ORANGE = "#D55E00", GREEN = "#009E73", PURPLE = "#CC79A7";

function render({ model, el }) {
  const settings = JSON.parse(model.get("settings"));
  const { extent, field: cells } = settings;
  const SIDE = 400, ratio = Math.min(2, window.devicePixelRatio || 1);
  const { root, trouble } = makeShell("ganlab-playground", "GAN playground");
  let playing = false, slow = false, redraws = 0, drawn = [], pause = null;
  const kernel = talk({ model, root, trouble, sign: "field", show, stuck: () => play(false) });
  const { ask } = kernel;
  function next() { if (playing && !kernel.asking()) ask({ action: "train", rounds: slow ? 1 : 4 }); }

  // --- the plane ------------------------------------------------------------------------------------------------
  const plane = make("canvas", { width: SIDE * ratio, height: SIDE * ratio, tabIndex: 0 });
  plane.style.width = `${SIDE}px`;
  plane.style.aspectRatio = "1";
  aria(plane, { role: "img", label: "real samples in blue, generated ones in orange, over the discriminator's field" });
  const pen = plane.getContext("2d");
  const heat = make("canvas", { width: cells, height: cells });
  const place = (x, y) => [(x / extent + 1) / 2 * SIDE, (1 - y / extent) / 2 * SIDE];
  // white at one half; towards blue where D says "real", towards orange where it says "generated"
  const tint = (v) => { const t = Math.abs(v - 127.5) / 127.5, c = v > 127.5 ? [110, 178, 224] : [240, 160, 110]; return c.map((e) => 255 + (e - 255) * t); };

  function draw(state) {
    const bytes = atob(state.field), pixels = heat.getContext("2d"), image = pixels.createImageData(cells, cells);
    for (let i = 0; i < bytes.length; i++) { const [r, g, b] = tint(bytes.charCodeAt(i)); image.data.set([r, g, b, 255], 4 * i); }
    pixels.putImageData(image, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(heat, 0, 0, SIDE, SIDE);
    const at = (flat, i) => place(flat[2 * i] / 1000, flat[2 * i + 1] / 1000);
    pen.strokeStyle = "rgba(60, 60, 60, .35)";
    pen.lineWidth = 0.8;
    const side = Math.round(Math.sqrt(state.grid.length / 2));
    // two families of lines: constant z1, then constant z2
    pen.beginPath();
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) pen[j === 0 ? "moveTo" : "lineTo"](...at(state.grid, i * side + j));
      for (let j = 0; j < side; j++) pen[j === 0 ? "moveTo" : "lineTo"](...at(state.grid, j * side + i));
    }
    pen.stroke();
    for (const [flat, colour] of [[state.real, BLUE], [state.fake, ORANGE]]) {
      pen.fillStyle = colour;
      for (let i = 0; i < flat.length / 2; i++) { const [x, y] = at(flat, i); pen.beginPath(); pen.arc(x, y, 1.8, 0, 7); pen.fill(); }
    }
    if (drawing) {
      pen.fillStyle = "#1c1c1c";
      for (const [x, y] of drawn) { const [a, b] = place(x, y); pen.beginPath(); pen.arc(a, b, 2.5, 0, 7); pen.fill(); }
    }
  }

  // --- drawing one's own data -----------------------------------------------------------------------------------
  let drawing = false, down = false, latest = null;
  const point = (event) => {
    const box = plane.getBoundingClientRect();
    return [(2 * (event.clientX - box.left) / box.width - 1) * extent, (1 - 2 * (event.clientY - box.top) / box.height) * extent];
  };
  const dab = (event) => { drawn.push(point(event)); if (latest) draw(latest); };
  plane.addEventListener("pointerdown", (event) => { if (drawing) { down = true; plane.setPointerCapture(event.pointerId); dab(event); event.preventDefault(); } });
  plane.addEventListener("pointermove", (event) => { if (down) dab(event); });
  const up = () => {
    if (!down) return;
    down = false;
    ask({ action: "draw", points: drawn.slice(-2000) });
    if (![...target.options].some((o) => o.value === "drawn")) target.append(make("option", { value: "drawn", textContent: "your drawing" }));
    target.value = "drawn";
  };
  plane.addEventListener("pointerup", up);
  plane.addEventListener("pointercancel", up);

  // --- buttons and rules ----------------------------------------------------------------------------------------
  const start = button("▶ Play", "train, and draw after every few rounds", () => play(!playing), "main");
  function play(on) {
    playing = on && !kernel.ended();
    start.textContent = playing ? "❚❚ Pause" : "▶ Play";
    if (playing) next();
    else if (on) trouble.scrollIntoView({ block: "nearest" });
  }
  const toggle = (text, title, change) => {
    const node = button(text, title, () => { const on = node.getAttribute("aria-pressed") !== "true"; press(node, on); change(on); });
    return press(node, false);
  };
  const slowly = toggle("Slow", "one round at a time, four a second", (on) => { slow = on; });
  const drawer = toggle("Draw", "draw your own data with the mouse", (on) => {
    drawing = on;
    plane.classList.toggle("drawing", on);
    if (on) { drawn = []; plane.focus(); }
    if (latest) draw(latest);
  });
  const bar = make("div", { className: "bar" }, start,
    button("Step D", "one step of the discriminator", () => ask({ action: "step_d" })),
    button("Step G", "one step of the generator", () => ask({ action: "step_g" })),
    slowly, button("Reset", "new networks, same data and rules", () => ask({ action: "reset" })));

  const select = (name, values, label, change) => {
    const node = make("select", {}, ...values.map((value) => make("option", { value, textContent: value.replace("_", " ") })));
    node.value = settings[name];
    aria(node, { label });
    node.addEventListener("change", () => change(node.value));
    return node;
  };
  const target = select("target", settings.targets, "distribution of the data", (value) => ask({ action: "target", target: value }));
  const loss = select("loss", settings.losses, "the generator's loss", (value) => ask({ action: "rules", rules: { loss: value } }));
  const range = (label, min, max, value, show, change) => {
    const node = slider(label, min, max, 1, value), text = make("span", { textContent: `${label}: ${show(value)}` });
    node.addEventListener("input", () => { text.textContent = `${label}: ${show(+node.value)}`; });
    node.addEventListener("change", () => change(+node.value));
    return [text, node];
  };
  const rates = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2];
  const rules = make("div", { className: "rules" },
    make("span", { textContent: "data" }), make("div", { className: "bar" }, target, drawer),
    make("span", { textContent: "loss of G" }), loss,
    ...range("D steps per G step", 1, 10, settings.d_steps, (v) => v, (v) => ask({ action: "rules", rules: { d_steps: v } })),
    ...range("learning rate", 0, 6, 3, (v) => rates[v], (v) => ask({ action: "rules", rules: { learning_rate: rates[v] } })));

  // --- the chart ------------------------------------------------------------------------------------------------
  const chart = make("canvas", { width: 300 * ratio, height: 120 * ratio });
  chart.style.cssText = "width:100%;aspect-ratio:2.5";
  aria(chart, { role: "img", label: "losses and divergence estimates over the last rounds" });
  const ink = chart.getContext("2d");
  const lines = [["loss_d", BLUE, "loss D"], ["loss_g", ORANGE, "loss G"], ["jsd_bins", GREEN, "JSD, histograms"], ["jsd_d", PURPLE, "JSD, by D (a lower bound)"]];
  const numbers = make("div", { className: "numbers" });
  const dot = (colour, text) => { const mark = make("i"); mark.style.background = colour; return make("span", {}, mark, text); };
  const legend = make("div", { className: "legend" }, ...lines.map(([, colour, text]) => dot(colour, text)));
  function plot(history) {
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, 300, 120);
    const top = 3, y = (v) => 116 - 112 * Math.min(top, Math.max(-0.2, v)) / top;
    ink.strokeStyle = "#888";
    ink.lineWidth = 0.6;
    ink.setLineDash([3, 3]);
    for (const level of [Math.log(4), Math.log(2)]) { ink.beginPath(); ink.moveTo(0, y(level)); ink.lineTo(300, y(level)); ink.stroke(); }
    ink.setLineDash([]);
    ink.fillStyle = "#888";
    ink.font = "9px system-ui, sans-serif";
    ink.fillText("log 4", 272, y(Math.log(4)) - 3);
    ink.fillText("log 2", 272, y(Math.log(2)) - 3);
    ink.lineWidth = 1.5;
    for (const [key, colour] of lines) {
      ink.strokeStyle = colour;
      ink.beginPath();
      history.forEach((row, i) => ink[i === 0 ? "moveTo" : "lineTo"](300 * i / Math.max(60, history.length - 1), y(row[key])));
      ink.stroke();
    }
  }

  const fields = make("div", { className: "legend" }, dot(BLUE, "real"), dot(ORANGE, "generated"), dot("#6eb2e0", "D: real"), dot("#f0a06e", "D: generated"), dot("#777", "grid of z after G"));
  root.append(make("div", {}, plane, fields), make("div", { className: "side" }, bar, rules, chart, legend, numbers, trouble));

  function show(state, asked) {
    latest = state;
    draw(latest);
    plot(latest.history);
    const last = latest.history.at(-1);
    numbers.textContent = `steps of D ${latest.steps_d}, of G ${latest.steps_g}; JSD by histograms ${last.jsd_bins.toFixed(2)}` + (last.modes === undefined ? "" : `; modes ${last.modes} of 8`);
    root.dataset.redraws = String(++redraws);
    root.dataset.stepsG = String(latest.steps_g);
    if (latest.message) play(false);
    else if (asked && slow) pause = setTimeout(next, 250);
    else if (asked) requestAnimationFrame(next);
  }
  kernel.begin();
  el.append(root);
  return () => { playing = false; clearTimeout(pause); kernel.stop(); };
}

export default { render };
