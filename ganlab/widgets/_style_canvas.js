// Fourth part of StyleStudio's page side: the picture to paint regions on, with the brush of InpaintStudio in four colours.

// A veil of a corner's colour with its letter all over it: a region says itself whose it is.
function lettered(context, [letter, colour], ratio) {
  const side = Math.round(40 * ratio), tile = make("canvas", { width: side, height: side }), ink = tile.getContext("2d");
  ink.fillStyle = colour;
  ink.globalAlpha = 0.6;
  ink.fillRect(0, 0, side, side);
  ink.globalAlpha = 1;
  ink.font = `700 ${14 * ratio}px system-ui, sans-serif`;
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.lineWidth = 3 * ratio;
  ink.lineJoin = "round";
  ink.strokeStyle = "#fffc";
  ink.fillStyle = "#000";
  for (const place of [0.25, 0.75]) {
    ink.strokeText(letter, place * side, place * side);
    ink.fillText(letter, place * side, place * side);
  }
  return context.createPattern(tile, "repeat");
}

function makePaper({ talk, ask }) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const canvas = make("canvas", { className: "paper", tabIndex: 0 }), context = canvas.getContext("2d");
  const spot = make("canvas"), veil = make("canvas"), ink = veil.getContext("2d");
  const patterns = CORNERS.map((corner) => lettered(ink, corner, ratio));
  const original = make("img", { alt: "", draggable: false });
  const brush = { x: 0, y: 0, radius: 12, colour: 1, seen: false };
  let width = 0, height = 0, regions = new Uint8Array(0), stroke = null, drawing = 0, onColour = () => {}, onRadius = () => {};

  function stamp(x, y) { // from where the stroke was to (x, y): every pixel whose middle the round brush passes over
    const dx = x - stroke.x, dy = y - stroke.y, length = dx * dx + dy * dy, r = brush.radius;
    const inside = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value)));
    for (let row = inside(Math.min(y, stroke.y) - r, height); row <= inside(Math.max(y, stroke.y) + r, height); row++) {
      for (let column = inside(Math.min(x, stroke.x) - r, width); column <= inside(Math.max(x, stroke.x) + r, width); column++) {
        const px = column + 0.5 - stroke.x, py = row + 0.5 - stroke.y;
        const t = length ? Math.max(0, Math.min(1, (px * dx + py * dy) / length)) : 0;
        if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= r * r) regions[row * width + column] = stroke.colour;
      }
    }
    Object.assign(stroke, { x, y });
  }
  const send = (released) => ask({ action: "paint", runs: toRuns(regions), gesture: stroke.name }, released);
  function begin(by) {
    if (stroke || talk.busy() || !width) return;
    stroke = { name: `${Date.now()}-${Math.random()}`, by, x: brush.x, y: brush.y, colour: brush.colour };
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

  // --- drawing --------------------------------------------------------------------------------------------------------
  function draw() { if (!drawing) drawing = requestAnimationFrame(drawNow); }
  function drawNow() {
    drawing = 0;
    const wide = Math.round(canvas.clientWidth * ratio), tall = Math.round(canvas.clientHeight * ratio);
    if (!wide || !tall) return; // not shown at this moment: while JupyterLab changes its theme, for example
    if (canvas.width !== wide || canvas.height !== tall) {
      Object.assign(canvas, { width: wide, height: tall });
      Object.assign(veil, { width: wide, height: tall });
    }
    context.clearRect(0, 0, wide, tall);
    if (original.complete && original.naturalWidth) context.drawImage(original, 0, 0, wide, tall);
    if (!width) return;
    const pixels = new ImageData(width, height), rim = new Path2D(), zoomX = wide / width, zoomY = tall / height, present = new Set();
    for (let row = 0, index = 0; row < height; row++) {
      for (let column = 0; column < width; column++, index++) {
        const here = regions[index];
        if (here) present.add(here);
        if (column && here !== regions[index - 1]) { rim.moveTo(column * zoomX, row * zoomY); rim.lineTo(column * zoomX, (row + 1) * zoomY); }
        if (row && here !== regions[index - width]) { rim.moveTo(column * zoomX, row * zoomY); rim.lineTo((column + 1) * zoomX, row * zoomY); }
      }
    }
    for (const corner of present) {
      for (let index = 0; index < regions.length; index++) pixels.data[4 * index + 3] = regions[index] === corner ? 255 : 0;
      spot.getContext("2d").putImageData(pixels, 0, 0);
      ink.globalCompositeOperation = "copy";
      ink.imageSmoothingEnabled = false;
      ink.drawImage(spot, 0, 0, wide, tall);
      ink.globalCompositeOperation = "source-in";
      ink.fillStyle = patterns[corner - 1];
      ink.fillRect(0, 0, wide, tall);
      context.drawImage(veil, 0, 0);
    }
    const lines = (path, ...styles) => {
      for (const [line, colour] of styles) { context.lineWidth = line * ratio; context.strokeStyle = colour; context.stroke(path); }
    };
    context.setLineDash([]);
    context.lineCap = "square";
    lines(rim, [3.5, "#0008"], [2, "#fff"]);
    if (!brush.seen && document.activeElement !== canvas) return;
    const ring = new Path2D();
    ring.ellipse(brush.x * zoomX, brush.y * zoomY, brush.radius * zoomX, brush.radius * zoomY, 0, 0, 2 * Math.PI);
    lines(ring, [6, "#000b"]);
    context.lineCap = "butt";
    context.setLineDash(brush.colour ? [] : [6 * ratio, 5 * ratio]);
    lines(ring, [4, "#fff"], [2.5, brush.colour ? CORNERS[brush.colour - 1][1] : "#fff"]);
  }
  original.addEventListener("load", draw);
  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);

  // --- mouse, finger and keyboard ---------------------------------------------------------------------------------------
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * width, (event.clientY - box.top) / box.height * height];
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
  canvas.addEventListener("blur", () => { lift(); brush.seen = false; draw(); });
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function type(event) { // true if the key is the brush's
    const key = event.key.toLowerCase();
    if (event.key in ARROWS) {
      const step = Math.max(1, Math.max(width, height) / 64) * (event.shiftKey ? 6 : 1), [dx, dy] = ARROWS[event.key];
      move(Math.max(0, Math.min(width, brush.x + dx * step)), Math.max(0, Math.min(height, brush.y + dy * step)));
    } else if (key === " ") { if (!event.repeat) begin("space"); }
    else if (key === "enter") { if (stroke) lift(); else begin("enter"); }
    else if (key === "e") setColour(0);
    else if ("abcd".includes(key)) setColour("abcd".indexOf(key) + 1);
    else if (key === "[" || key === "]") setRadius(brush.radius + (key === "]" ? 1 : -1));
    else return false;
    return true;
  }
  canvas.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey) return; // with Alt it may be AltGr, which types [ on many keyboards
    if (type(event)) { event.preventDefault(); event.stopPropagation(); }
  });
  canvas.addEventListener("keyup", (event) => { if (event.key === " " && stroke?.by === "space") lift(); });

  const largest = () => Math.max(2, Math.round(Math.max(width, height) / 4));
  function setColour(colour) { // 1 to 4, or 0 to erase
    lift();
    brush.colour = colour;
    onColour(colour);
    draw();
  }
  function setRadius(radius) {
    brush.radius = Math.max(1, Math.min(largest(), Math.round(radius)));
    onRadius(brush.radius, largest());
    draw();
  }
  function show(answer) {
    if (answer.width !== width || answer.height !== height) {
      const before = Math.max(width, height), now = Math.max(answer.width, answer.height);
      ({ width, height } = answer);
      regions = new Uint8Array(width * height);
      Object.assign(spot, { width, height });
      Object.assign(brush, { x: width / 2, y: height / 2 });
      setRadius(before ? brush.radius * now / before : now / 12);
    }
    if (stroke || talk.ahead()) return; // the hand is ahead of the answer
    fromRuns(answer.runs, regions);
    draw();
    const painted = CORNERS.filter((_, index) => regions.includes(index + 1)).map(([letter]) => letter);
    canvas.setAttribute("aria-label", painted.length ? `The picture, with regions painted for ${painted.join(", ")}.`
      : "The picture, without regions yet: paint where one style holds alone.");
  }
  return { canvas, original, show, draw, lift, setColour, setRadius, listen(colour, radius) { onColour = colour; onRadius = radius; },
    stop() { cancelAnimationFrame(drawing); sizes.disconnect(); } };
}
