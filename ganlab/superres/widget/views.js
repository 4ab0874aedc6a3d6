// The enlarged pictures of SuperResolutionStudio: three under one loupe, and two of them under a divider.
const METHODS = [["Bicubic", "#E69F00"], ["SRResNet", "#56B4E9"], ["SRGAN", "#009E73"]]; // told apart by the colour-blind, too

function makeViews() {
  const RADIUS = 78; // of the loupe, in CSS pixels
  let images = [], loupe = null, zoom = 3, share = 0.5, held = null;
  const views = METHODS.map(([name, colour]) => {
    const canvas = aria(make("canvas"), { role: "img", label: name }), title = make("span", { textContent: name }), remark = make("small");
    const heading = make("div", { className: "name" }, title, remark);
    heading.style.setProperty("--corner", colour);
    return { canvas, title, remark, node: make("div", { className: "view" }, heading, canvas) };
  });
  const three = make("div", { className: "three", tabIndex: 0 }, ...views.map((view) => view.node));
  aria(three, { role: "group", label: "The same part enlarged by three methods: arrow keys move the loupe, Escape puts it away" });

  // --- drawing ------------------------------------------------------------------------------------------------------------
  const pane = make("canvas"), { draw, stop } = makeDrawing([...views.map((view) => view.canvas), pane], () => {
    views.forEach(({ canvas }, index) => {
      const { context, wide, tall, ratio } = fitCanvas(canvas);
      if (!images[index]) return;
      context.drawImage(images[index], 0, 0, wide, tall);
      if (loupe) look(context, images[index], wide, tall, ratio);
    });
    compareNow();
    three.dataset.loupe = loupe ? `${loupe.x.toFixed(4)} ${loupe.y.toFixed(4)}` : "";
  });
  // Everything under the loupe moves away from the point at (x, y), which stays: so all that it shows lies in the picture.
  function look(context, image, wide, tall, ratio) {
    const x = loupe.x * wide, y = loupe.y * tall, radius = Math.min(RADIUS * ratio, 0.3 * Math.max(wide, tall)), rim = radius + 3 * ratio;
    const inside = (at, side) => side < 2 * rim ? side / 2 : clamp(at, rim, side - rim);
    const lens = new Path2D();
    lens.arc(inside(x, wide), inside(y, tall), radius, 0, 2 * Math.PI);
    context.save();
    context.clip(lens);
    context.imageSmoothingEnabled = false; // the picture's own pixels, and nothing that the browser makes up
    context.setTransform(zoom, 0, 0, zoom, x - zoom * x, y - zoom * y);
    context.drawImage(image, 0, 0, wide, tall);
    context.restore();
    outline(context, lens, ratio, [5, "#000b"], [2.5, "#fff"]);
  }

  // --- the loupe: mouse, finger and keyboard ----------------------------------------------------------------------------------
  function hold(x, y) {
    loupe = { x: clamp(x, 0, 1), y: clamp(y, 0, 1) };
    draw();
  }
  function putAway() { loupe = null; draw(); }
  for (const { canvas } of views) {
    const follow = (event) => {
      const { x, y } = placeOn(canvas, event, 1, 1);
      hold(x, y);
    };
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("pointerdown", follow);
    canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") putAway(); }); // a finger that is lifted leaves it there
  }
  three.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = ARROWS[event.key], by = event.shiftKey ? 0.1 : 0.02;
    if (!step && !(event.key === "Escape" && loupe)) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) hold((loupe?.x ?? 0.5) + step[0] * by, (loupe?.y ?? 0.5) + step[1] * by);
    else putAway();
  });
  three.addEventListener("blur", putAway);
  const zooms = [2, 3, 4].map((value) => button(`${value} ×`, `the loupe enlarges ${value} times more`, () => setZoom(value), "tool"));
  function setZoom(value) {
    zoom = value;
    zooms.forEach((node, index) => press(node, index + 2 === value));
    draw();
  }

  // --- before and after under a divider ------------------------------------------------------------------------------------
  const divider = make("i"), before = make("span", { textContent: "bicubic" }), after = make("span");
  before.style.left = after.style.right = "8px";
  const compare = make("div", { className: "compare", tabIndex: 0 }, pane, divider, before, after);
  aria(compare, { role: "slider", label: "Before and after: how much of the width is bicubic", valuemin: 0, valuemax: 100 });
  function compareNow() {
    const { context, wide, tall } = fitCanvas(pane), cut = Math.round(share * wide);
    if (!images.length) return;
    for (const [image, from, to] of [[images[0], 0, cut], [images[2], cut, wide]]) {
      context.save();
      context.beginPath();
      context.rect(from, 0, to - from, tall);
      context.clip();
      context.drawImage(image, 0, 0, wide, tall);
      context.restore();
    }
  }
  function divide(at) {
    share = clamp(at, 0, 1);
    const percent = Math.round(100 * share);
    divider.style.left = `${100 * share}%`;
    before.hidden = share < 0.22;
    after.hidden = share > 0.68;
    aria(compare, { valuenow: percent, valuetext: `bicubic on the left ${percent} %` });
    draw();
  }
  const drag = (event) => divide(placeOn(pane, event, 1, 1).x);
  compare.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held !== null) return;
    event.preventDefault();
    compare.focus({ preventScroll: true });
    compare.setPointerCapture(event.pointerId);
    held = event.pointerId;
    drag(event);
  });
  compare.addEventListener("pointermove", (event) => { if (held === event.pointerId) drag(event); });
  for (const end of ["pointerup", "pointercancel"]) compare.addEventListener(end, (event) => { if (held === event.pointerId) held = null; });
  const PLACES = { Home: 0, End: 1, PageUp: 0.1, PageDown: -0.1, ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02 };
  compare.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in PLACES)) return;
    event.preventDefault();
    event.stopPropagation();
    const place = PLACES[event.key];
    divide(event.key === "Home" || event.key === "End" ? place : share + place * (event.shiftKey ? 5 : 1));
  });

  function show(loaded) { images = loaded; draw(); }
  function caption(answer) { // what is written beside the pictures
    const weight = answer.gan_weight.toFixed(2), words = { 0: "SRResNet", 1: "SRGAN" }[answer.gan_weight] ?? `GAN weight ${weight}`;
    after.textContent = words;
    views[0].remark.textContent = "no network";
    views[1].remark.textContent = "GAN weight 0";
    views[2].remark.textContent = `GAN weight ${weight}`;
    views[2].title.textContent = answer.gan_weight === 1 ? "SRGAN" : answer.gan_weight === 0 ? "SRGAN: dial at 0" : "SRResNet to SRGAN";
    const part = `${answer.crop[2]} by ${answer.crop[3]} pixels`;
    views.forEach(({ canvas }, index) => aria(canvas, { label: `${part}, enlarged ${["bicubically", "by SRResNet", `by the network at GAN weight ${weight}`][index]}` }));
  }
  setZoom(3);
  divide(0.5);
  return { three, compare, zooms, show, caption, draw, stop };
}
