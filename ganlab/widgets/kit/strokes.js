// A round brush that paints values into a raster, one byte a pixel: with the mouse, a finger or the keyboard. And how such a raster is drawn.

// `raster()` gives {values, width, height}; `ready()` whether a stroke may begin; `send(gesture, released)` brings the values to the kernel, while
// the hand is moving too; `type(letter, event)` takes the keys that are not the brush's, and gives whether one was.
function makeBrush({ canvas, raster, ready, send, draw, type }) {
  const brush = { x: 0, y: 0, radius: 1, value: 1, seen: false };
  let stroke = null;

  function stamp(x, y) { // from where the stroke was to (x, y): every pixel whose middle the round brush passes over
    const { values, width, height } = raster();
    const dx = x - stroke.x, dy = y - stroke.y, length = dx * dx + dy * dy, r = brush.radius;
    const inside = (value, count) => clamp(Math.floor(value), 0, count - 1);
    for (let row = inside(Math.min(y, stroke.y) - r, height); row <= inside(Math.max(y, stroke.y) + r, height); row++) {
      for (let column = inside(Math.min(x, stroke.x) - r, width); column <= inside(Math.max(x, stroke.x) + r, width); column++) {
        const px = column + 0.5 - stroke.x, py = row + 0.5 - stroke.y;
        const t = length ? clamp((px * dx + py * dy) / length, 0, 1) : 0;
        if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= r * r) values[row * width + column] = stroke.value;
      }
    }
    Object.assign(stroke, { x, y });
  }
  function begin(by) {
    if (stroke || !ready()) return;
    stroke = { gesture: `${Date.now()}-${Math.random()}`, by, x: brush.x, y: brush.y, value: brush.value };
    stamp(brush.x, brush.y);
    send(stroke.gesture);
    draw();
  }
  function move(x, y) {
    Object.assign(brush, { x, y, seen: true });
    if (stroke) { stamp(x, y); send(stroke.gesture); }
    draw();
  }
  function lift() {
    if (!stroke) return;
    send(stroke.gesture, performance.now());
    stroke = null;
  }

  // --- mouse and finger -------------------------------------------------------------------------------------------------
  const place = (event) => {
    const { width, height } = raster(), { x, y } = placeOn(canvas, event, width, height);
    return [x, y];
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

  // --- keyboard ---------------------------------------------------------------------------------------------------------
  function typed(event) { // true if the key is the brush's
    if (event.key in ARROWS) {
      const { width, height } = raster(), step = Math.max(1, Math.max(width, height) / 64) * (event.shiftKey ? 6 : 1), [dx, dy] = ARROWS[event.key];
      move(clamp(brush.x + dx * step, 0, width), clamp(brush.y + dy * step, 0, height));
    } else if (event.key === " ") { if (!event.repeat) begin("space"); }
    else if (event.key === "Enter") { if (stroke) lift(); else begin("enter"); }
    else return type(event.key.toLowerCase());
    return true;
  }
  canvas.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey) return; // with Alt it may be AltGr, which types [ on many keyboards
    if (typed(event)) { event.preventDefault(); event.stopPropagation(); }
  });
  canvas.addEventListener("keyup", (event) => { if (event.key === " " && stroke?.by === "space") lift(); });
  return { brush, lift, painting: () => stroke !== null, shown: () => brush.seen || document.activeElement === canvas };
}

// Draws the pixels of a value as a veil, and a white rim between pixels of different values: seen on every picture.
function makeVeil() {
  const spot = make("canvas"), veil = make("canvas"), ink = veil.getContext("2d");
  function cover(context, { values, width, height }, value, pattern) {
    const { width: wide, height: tall } = context.canvas, pixels = new ImageData(width, height);
    for (let index = 0; index < values.length; index++) pixels.data[4 * index + 3] = values[index] === value ? 255 : 0;
    if (spot.width !== width || spot.height !== height) Object.assign(spot, { width, height });
    if (veil.width !== wide || veil.height !== tall) Object.assign(veil, { width: wide, height: tall });
    spot.getContext("2d").putImageData(pixels, 0, 0);
    ink.globalCompositeOperation = "copy";
    ink.imageSmoothingEnabled = false;
    ink.drawImage(spot, 0, 0, wide, tall);
    ink.globalCompositeOperation = "source-in";
    ink.fillStyle = pattern;
    ink.fillRect(0, 0, wide, tall);
    context.drawImage(veil, 0, 0);
  }
  function rim(context, { values, width, height }, ratio) {
    const path = new Path2D(), zoomX = context.canvas.width / width, zoomY = context.canvas.height / height;
    for (let row = 0, index = 0; row < height; row++) {
      for (let column = 0; column < width; column++, index++) {
        if (column && values[index] !== values[index - 1]) { path.moveTo(column * zoomX, row * zoomY); path.lineTo(column * zoomX, (row + 1) * zoomY); }
        if (row && values[index] !== values[index - width]) { path.moveTo(column * zoomX, row * zoomY); path.lineTo((column + 1) * zoomX, row * zoomY); }
      }
    }
    context.setLineDash([]);
    context.lineCap = "square";
    outline(context, path, ratio, [3.5, "#0008"], [2, "#fff"]);
  }
  function ring(context, { width, height }, brush, ratio, dark, ...light) { // the brush itself, dashed where it erases
    const path = new Path2D(), zoomX = context.canvas.width / width, zoomY = context.canvas.height / height;
    path.ellipse(brush.x * zoomX, brush.y * zoomY, brush.radius * zoomX, brush.radius * zoomY, 0, 0, 2 * Math.PI);
    context.setLineDash([]);
    outline(context, path, ratio, dark);
    context.lineCap = "butt";
    context.setLineDash(brush.value ? [] : [6 * ratio, 5 * ratio]);
    outline(context, path, ratio, ...light);
    context.setLineDash([]);
  }
  return { cover, rim, ring };
}
