// The picture of SuperResolutionStudio with the frame around what is enlarged.

// `change({left, top, wide, tall})` when a hand or a key has moved the frame or changed its size.
function makeFrame({ least, most, change }) {
  const canvas = aria(make("canvas", { className: "part", tabIndex: 0 }), { role: "application", roledescription: "frame on a picture" });
  const picture = make("img", { alt: "", draggable: false });
  const REACH = 13, HANDLES = 30; // CSS pixels: how near to a corner takes hold of it; a frame smaller than that has no corners to take
  let width = 0, height = 0, crop = { left: 0, top: 0, wide: 0, tall: 0 }, held = null;
  const limits = (side) => [Math.min(least, side), Math.min(most, side)];

  // --- the frame's places -----------------------------------------------------------------------------------------------
  function put(next) {
    const same = Object.keys(crop).every((key) => crop[key] === next[key]);
    crop = next;
    describe();
    draw();
    if (!same) change(crop);
  }
  function around(x, y, wide = crop.wide, tall = crop.tall) { // the frame of this size with its middle as near to (x, y) as it can be
    if (!width) return;
    const inWide = clamp(wide, ...limits(width)), inTall = clamp(tall, ...limits(height));
    put({ left: clamp(Math.round(x - inWide / 2), 0, width - inWide), top: clamp(Math.round(y - inTall / 2), 0, height - inTall), wide: inWide, tall: inTall });
  }
  const resize = (wide, tall) => around(crop.left + crop.wide / 2, crop.top + crop.tall / 2, wide, tall);
  function stretch(x, y) { // the held corner to (x, y); the one opposite stays
    const along = (at, fixed, forward, side) => {
      const [short, long] = limits(side), length = clamp(Math.round(forward ? at - fixed : fixed - at), short, Math.min(long, forward ? side - fixed : fixed));
      return [forward ? fixed : fixed - length, length];
    };
    const [left, wide] = along(x, held.fixed[0], held.forward[0], width), [top, tall] = along(y, held.fixed[1], held.forward[1], height);
    put({ left, top, wide, tall });
  }
  function describe() {
    aria(canvas, { label: `Frame of ${crop.wide} by ${crop.tall} pixels, ${crop.left} from the left and ${crop.top} from the top of the picture's ${width} by ${height}.` });
  }

  // --- drawing ------------------------------------------------------------------------------------------------------------
  const { draw, stop } = makeDrawing([canvas], () => {
    const { context, wide, tall, ratio } = fitCanvas(canvas);
    if (!isLoaded(picture)) return;
    context.drawImage(picture, 0, 0, wide, tall);
    if (!width) return;
    const [x, y, w, h] = [crop.left * wide / width, crop.top * tall / height, crop.wide * wide / width, crop.tall * tall / height];
    const around = new Path2D(), frame = new Path2D(), marks = new Path2D();
    around.rect(0, 0, wide, tall);
    around.rect(x, y, w, h);
    context.fillStyle = "rgb(0 0 0 / 45%)";
    context.fill(around, "evenodd");
    frame.rect(x, y, w, h);
    outline(context, frame, ratio, [4, "#000b"], [2, "#fff"]);
    if (Math.min(w, h) >= HANDLES * ratio) {
      for (const cx of [x, x + w]) for (const cy of [y, y + h]) marks.rect(cx - 5 * ratio, cy - 5 * ratio, 10 * ratio, 10 * ratio);
      context.fillStyle = "#fff";
      outline(context, marks, ratio, [3, "#000b"]);
      context.fill(marks);
    } else { // so small a frame is lost on a large picture: a ring shows where it is
      marks.arc(x + w / 2, y + h / 2, Math.max(w, h) / 2 + 14 * ratio, 0, 2 * Math.PI);
      outline(context, marks, ratio, [4, "#000b"], [2, "#fff"]);
    }
  });
  picture.addEventListener("load", draw);

  // --- mouse, finger and keyboard -------------------------------------------------------------------------------------------
  const place = (event) => placeOn(canvas, event, width, height);
  function grasp({ x, y, zoom }) { // what a hand at this place would take hold of
    const { left, top, wide, tall } = crop;
    if (Math.min(wide, tall) * zoom >= HANDLES) {
      for (const right of [false, true]) {
        for (const low of [false, true]) {
          const dx = x - (left + (right ? wide : 0)), dy = y - (top + (low ? tall : 0));
          if (Math.hypot(dx, dy) * zoom <= REACH) return { kind: "corner", forward: [right, low], fixed: [left + (right ? 0 : wide), top + (low ? 0 : tall)], dx, dy };
        }
      }
    }
    const inside = x >= left && x <= left + wide && y >= top && y <= top + tall;
    return { kind: inside ? "inside" : "outside", dx: inside ? x - left - wide / 2 : 0, dy: inside ? y - top - tall / 2 : 0 };
  }
  const CURSORS = { inside: "grab", outside: "crosshair" };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held || !width) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    held = { ...grasp(at), pointer: event.pointerId };
    if (held.kind === "outside") around(at.x, at.y); // a click beside it brings it here
    canvas.style.cursor = held.kind === "corner" ? canvas.style.cursor : "grabbing";
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!width) return;
    const at = place(event);
    if (!held) {
      const { kind, forward } = grasp(at);
      canvas.style.cursor = CURSORS[kind] ?? (forward[0] === forward[1] ? "nwse-resize" : "nesw-resize");
    } else if (held.pointer === event.pointerId) {
      if (held.kind === "corner") stretch(at.x - held.dx, at.y - held.dy);
      else around(at.x - held.dx, at.y - held.dy);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => { if (held?.pointer === event.pointerId) { held = null; canvas.style.cursor = ""; } });
  }
  canvas.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey) return; // with Alt it may be AltGr, which types [ on many keyboards
    const step = ARROWS[event.key], by = event.key === "]" || event.key === "+" ? 8 : event.key === "[" || event.key === "-" ? -8 : 0;
    if (!step && !by && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    if (step) put({ ...crop, left: clamp(crop.left + step[0] * (event.shiftKey ? 10 : 1), 0, width - crop.wide), top: clamp(crop.top + step[1] * (event.shiftKey ? 10 : 1), 0, height - crop.tall) });
    else if (by) resize(crop.wide + by, crop.tall + by);
    else around(width / 2, height / 2);
  });

  function show(answer, follow) { // what the kernel has; its frame only if the hand is not ahead of it
    const another = answer.width !== width || answer.height !== height;
    ({ width, height } = answer);
    if (another || (follow && !held)) {
      const [left, top, wide, tall] = answer.crop;
      crop = { left, top, wide, tall };
    }
    describe();
    draw();
  }
  return { canvas, picture, show, resize, crop: () => crop, stop };
}
