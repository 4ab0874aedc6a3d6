// The picture of StyleStudio to paint regions on, with a brush in four colours.

// Regions, one byte a pixel, to and from [value, how often, value, how often, ...].
function toRuns(regions) {
  const runs = [];
  for (let start = 0, end = 0; start < regions.length; start = end) {
    while (end < regions.length && regions[end] === regions[start]) end++;
    runs.push(regions[start], end - start);
  }
  return runs;
}
function fromRuns(runs, regions) {
  for (let index = 0, start = 0; index < runs.length; index += 2) {
    regions.fill(runs[index], start, start + runs[index + 1]);
    start += runs[index + 1];
  }
}

// A veil of a corner's colour with its letter all over it: a region says itself whose it is.
function lettered([letter, colour], ratio) {
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
  return ink.createPattern(tile, "repeat");
}

// The canvas. `onColour(corner)` and `onRadius(pixels, largest)` are told when a key or an answer has changed them.
function makePaper({ kernel, onColour, onRadius }) {
  const canvas = aria(make("canvas", { className: "paper", tabIndex: 0 }), { role: "application", roledescription: "painting area" });
  const original = make("img", { alt: "", draggable: false });
  const raster = { values: new Uint8Array(0), width: 0, height: 0 };
  const veil = makeVeil(), patterns = CORNERS.map((corner) => lettered(corner, pixelRatio()));
  const { draw, stop } = makeDrawing([canvas], () => {
    const { context, wide, tall, ratio } = fitCanvas(canvas);
    if (isLoaded(original)) context.drawImage(original, 0, 0, wide, tall);
    if (!raster.width) return;
    for (const corner of new Set(raster.values)) if (corner) veil.cover(context, raster, corner, patterns[corner - 1]);
    veil.rim(context, raster, ratio);
    if (shown()) veil.ring(context, raster, brush, ratio, [6, "#000b"], [4, "#fff"], [2.5, brush.value ? CORNERS[brush.value - 1][1] : "#fff"]);
  });
  const { brush, lift, painting, shown } = makeBrush({
    canvas, draw, raster: () => raster, ready: () => !kernel.busy() && raster.width > 0,
    send: (gesture, released) => kernel.ask({ action: "paint", runs: toRuns(raster.values), gesture }, released),
    type(letter) {
      if (letter === "e") setColour(0);
      else if (letter.length === 1 && "abcd".includes(letter)) setColour("abcd".indexOf(letter) + 1);
      else if (letter === "[" || letter === "]") setRadius(brush.radius + (letter === "]" ? 1 : -1));
      else return false;
      return true;
    },
  });
  brush.radius = 12;
  original.addEventListener("load", draw);

  const largest = () => Math.max(2, Math.round(Math.max(raster.width, raster.height) / 4));
  function setColour(colour) { // 1 to 4, or 0 to erase
    lift();
    brush.value = colour;
    onColour(colour);
    draw();
  }
  function setRadius(radius) {
    brush.radius = clamp(Math.round(radius), 1, largest());
    onRadius(brush.radius, largest());
    draw();
  }
  function show({ width, height, runs }) { // what the kernel has
    if (width !== raster.width || height !== raster.height) {
      const before = Math.max(raster.width, raster.height), now = Math.max(width, height);
      Object.assign(raster, { values: new Uint8Array(width * height), width, height });
      Object.assign(brush, { x: width / 2, y: height / 2 });
      setRadius(before ? brush.radius * now / before : now / 12);
    }
    if (painting() || kernel.ahead()) return; // the hand is ahead of the answer
    fromRuns(runs, raster.values);
    draw();
    const painted = CORNERS.filter((_, index) => raster.values.includes(index + 1)).map(([letter]) => letter);
    aria(canvas, { label: painted.length ? `The picture, with regions painted for ${painted.join(", ")}.`
      : "The picture, without regions yet: paint where one style holds alone." });
  }
  return { canvas, original, show, lift, setColour, setRadius, stop };
}
