// The brush of InpaintStudio: the mask that it paints or erases, and the picture with its hole. How a hand moves a brush is in the kit's strokes.js.
const VEIL = ["rgb(0 114 178 / 66%)", "rgb(86 180 233 / 66%)"]; // stripes: seen on every picture, a blue one too

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
function stripes(width) {
  const tile = make("canvas", { width: 4 * width, height: 4 * width }), ink = tile.getContext("2d"), side = tile.width;
  for (const [index, colour] of VEIL.entries()) {
    ink.fillStyle = colour;
    for (const shift of [-1, 0, 1]) { // slanted bands, half the tile wide each, that go on in the next tile
      const left = (shift + index / 2) * side;
      ink.fill(new Path2D(`M ${left} 0 h ${side / 2} l ${side} ${side} h ${-side / 2} z`));
    }
  }
  return ink.createPattern(tile, "repeat");
}

// The canvas to paint holes on. `erases(whether)` and `radius(pixels)` are told when a key has changed them.
function makeHole({ resolution, smooth, kernel, erases, radius }) {
  const canvas = aria(make("canvas", { tabIndex: 0 }), { role: "application", roledescription: "painting area" });
  const original = make("img", { alt: "", draggable: false });
  const raster = { values: new Uint8Array(resolution * resolution), width: resolution, height: resolution };
  const veil = makeVeil(), pattern = stripes(Math.round(4 * pixelRatio()));
  const { draw, stop } = makeDrawing([canvas], () => {
    const { context, wide, tall, ratio } = fitCanvas(canvas);
    context.imageSmoothingEnabled = smooth;
    if (isLoaded(original)) context.drawImage(original, 0, 0, wide, tall);
    veil.cover(context, raster, 1, pattern);
    veil.rim(context, raster, ratio);
    if (shown()) veil.ring(context, raster, brush, ratio, [4, "#000b"], [2, "#fff"]);
  });
  const { brush, lift, painting, shown } = makeBrush({
    canvas, draw, raster: () => raster, ready: () => !kernel.busy(),
    send: (gesture, released) => kernel.ask({ action: "mask", bits: pack(raster.values), gesture }, released),
    type(letter) {
      if (letter === "e") setErases(brush.value === 1);
      else if (letter === "[" || letter === "]") setRadius(brush.radius + (letter === "]" ? 1 : -1));
      else return false;
      return true;
    },
  });
  Object.assign(brush, { x: resolution / 2, y: resolution / 2 });
  original.addEventListener("load", draw);

  const largest = Math.round(resolution / 4);
  function setErases(whether) {
    lift();
    brush.value = whether ? 0 : 1;
    erases(whether);
    draw();
  }
  function setRadius(pixels) {
    brush.radius = clamp(pixels, 1, largest);
    radius(brush.radius);
    draw();
  }
  function show(text) { // the kernel's mask
    unpack(text, raster.values);
    draw();
  }
  return { canvas, original, largest, usual: Math.max(1, Math.round(resolution / 12)), setErases, setRadius, show, lift, painting, stop };
}
