// First half of InpaintStudio's page side: how it looks, masks as text, the drawn hole, files on their way in.
const CSS = `
.ganlab-studio { display: flex; flex-direction: column; gap: 14px; padding: 14px; font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1c1c1c); background: var(--jp-layout-color1, #fff); border: 1px solid var(--jp-border-color2, #d9d9d9); border-radius: 10px; }
.ganlab-studio.dropping { outline: 3px dashed #0072B2; outline-offset: -6px; }
.ganlab-studio .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.ganlab-studio .stages { display: flex; flex-wrap: wrap; gap: 20px; align-items: flex-start; }
.ganlab-studio .stage { display: flex; flex-direction: column; gap: 10px; max-width: 100%; }
.ganlab-studio .title { font-weight: 600; }
.ganlab-studio canvas, .ganlab-studio .wipe { display: block; width: 100%; aspect-ratio: 1; border-radius: 8px; background: #8883; image-rendering: var(--pixels); }
.ganlab-studio canvas { touch-action: none; cursor: none; }
.ganlab-studio.busy canvas { cursor: progress; }
.ganlab-studio .wipe { position: relative; overflow: hidden; }
.ganlab-studio .wipe img { position: absolute; inset: 0; width: 100%; height: 100%; max-width: none; margin: 0; image-rendering: var(--pixels); }
.ganlab-studio .wipe i { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: #fff; box-shadow: 0 0 0 1px #000a; }
.ganlab-studio .wipe span { position: absolute; top: 8px; padding: 1px 8px; border-radius: 9px; background: #000b; color: #fff; font-size: 12px; }
.ganlab-studio button { font: inherit; padding: 4px 11px; border-radius: 6px; border: 1px solid var(--jp-border-color1, #bdbdbd);
  background: var(--jp-layout-color2, #f3f3f3); color: inherit; cursor: pointer; }
.ganlab-studio button.main, .ganlab-studio button.tool[aria-pressed=true] { background: #0072B2; border-color: #0072B2; color: #fff; }
.ganlab-studio button:disabled { opacity: .45; cursor: default; }
.ganlab-studio :is(button, input, canvas):focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-studio button.sample { padding: 2px; line-height: 0; }
.ganlab-studio button.sample img { width: 48px; height: 48px; margin: 0; border-radius: 4px; image-rendering: var(--pixels); }
.ganlab-studio button.sample[aria-pressed=true] { outline: 3px solid #D55E00; outline-offset: 1px; }
.ganlab-studio button.sample:focus-visible { outline: 3px solid #E69F00; outline-offset: 3px; }
.ganlab-studio input[type=file] { display: none; }
.ganlab-studio label { display: grid; grid-template-columns: max-content 1fr 4em; gap: 10px; align-items: center; }
.ganlab-studio label input { width: 100%; min-width: 60px; margin: 0; accent-color: #0072B2; }
.ganlab-studio label output { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.ganlab-studio .note { margin: 0; color: var(--jp-ui-font-color2, #666); }
.ganlab-studio kbd { padding: 0 4px; font: inherit; border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 4px; background: var(--jp-layout-color2, #f3f3f3);
  color: var(--jp-ui-font-color1, #1c1c1c); }
.ganlab-studio .trouble { padding: 7px 11px; border-left: 4px solid #D55E00; border-radius: 4px; background: #D55E0022; font-weight: 600; }
.ganlab-studio .trouble:empty { display: none; }`;
const VEIL = ["rgb(0 114 178 / 66%)", "rgb(86 180 233 / 66%)"]; // stripes: seen on every picture, a blue one too
const PIECE = 1 << 20; // bytes of a file in one message: Jupyter's connection breaks at 10 MB, and others earlier

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  node.dataset.lmSuppressShortcuts = "true"; // keys are the brush's here, not JupyterLab's
  return node;
}

// The kernel's own word that it has ended, where the page can hear it (JupyterLab, Notebook, Voila): nothing asked before will be answered,
// and a kernel that comes back does not know this widget. Gives a function that stops listening.
function whenKernelEnds(model, tell) {
  const kernel = model.widget_manager?.kernel, ends = ["restarting", "autorestarting", "terminating", "dead"];
  const heard = (_, status) => { if (ends.includes(status)) tell("The kernel has stopped, and this widget with it. Run the notebook again from the top."); };
  kernel?.statusChanged?.connect(heard);
  return () => kernel?.statusChanged?.disconnect(heard);
}

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
function stripes(context, width) {
  const tile = make("canvas", { width: 4 * width, height: 4 * width }), inked = tile.getContext("2d"), side = tile.width;
  for (const [index, colour] of VEIL.entries()) {
    inked.fillStyle = colour;
    for (const shift of [-1, 0, 1]) { // slanted bands, half the tile wide each, that go on in the next tile
      const left = (shift + index / 2) * side;
      inked.fill(new Path2D(`M ${left} 0 h ${side / 2} l ${side} ${side} h ${-side / 2} z`));
    }
  }
  return context.createPattern(tile, "repeat");
}
function readBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// The picture, its hole (mask: one byte a pixel) under a striped veil with a white rim, and the brush as a ring; line: width of a CSS pixel.
function drawHole({ canvas, hole, veil, ink, original, mask, resolution, ring, smooth, line }) {
  const zoom = canvas.width / resolution, context = canvas.getContext("2d");
  context.imageSmoothingEnabled = smooth;
  if (original.complete && original.naturalWidth) context.drawImage(original, 0, 0, canvas.width, canvas.height);
  const pixels = new ImageData(resolution, resolution);
  const rim = new Path2D(), at = (row, column) => mask[row * resolution + column];
  for (let row = 0; row < resolution; row++) {
    for (let column = 0; column < resolution; column++) {
      const here = at(row, column);
      pixels.data[4 * (row * resolution + column) + 3] = 255 * here;
      if (column && here !== at(row, column - 1)) { rim.moveTo(column * zoom, row * zoom); rim.lineTo(column * zoom, (row + 1) * zoom); }
      if (row && here !== at(row - 1, column)) { rim.moveTo(column * zoom, row * zoom); rim.lineTo((column + 1) * zoom, row * zoom); }
    }
  }
  hole.getContext("2d").putImageData(pixels, 0, 0);
  ink.globalCompositeOperation = "copy";
  ink.imageSmoothingEnabled = false;
  ink.drawImage(hole, 0, 0, veil.width, veil.height);
  ink.globalCompositeOperation = "source-in";
  ink.fillRect(0, 0, veil.width, veil.height);
  context.drawImage(veil, 0, 0);
  const lines = (path, ...styles) => {
    for (const [width, colour] of styles) { context.lineWidth = width * line; context.strokeStyle = colour; context.stroke(path); }
  };
  context.setLineDash([]);
  context.lineCap = "square";
  lines(rim, [3.5, "#0008"], [2, "#fff"]);
  if (!ring) return;
  const circle = new Path2D();
  circle.arc(ring.x * zoom, ring.y * zoom, ring.radius * zoom, 0, 2 * Math.PI);
  lines(circle, [4, "#000b"]);
  context.lineCap = "butt";
  context.setLineDash(ring.erases ? [6 * line, 5 * line] : []);
  lines(circle, [2, "#fff"]);
}

// Files chosen or dropped: sent in pieces, one after the other; what is wrong with one is said in `trouble`.
function takeFiles({ root, file, pick, trouble, status, maxBytes, send }) {
  let uploading = false;
  async function upload(picked) {
    if (!picked || uploading) return;
    if (picked.size > maxBytes) {
      trouble.textContent = `Sorry, this picture cannot be used: expected a file of at most ${maxBytes / 1e6} MB, got ${Math.ceil(picked.size / 1e6)} MB.`;
      return;
    }
    uploading = pick.disabled = true;
    try {
      for (let start = 0, more = true; more; start += PIECE) {
        more = start + PIECE < picked.size;
        const data = await readBase64(picked.slice(start, start + PIECE));
        const answer = await send({ data, first: start === 0, more });
        if (answer.message) { trouble.scrollIntoView({ block: "nearest" }); break; } // on a phone it is far below the button
        if (more) status.textContent = `Uploading: ${Math.round(100 * (start + PIECE) / picked.size)} %`;
      }
    } catch (error) {
      trouble.textContent = `Sorry, the browser cannot read this file (${error.name}).`;
    } finally {
      uploading = pick.disabled = false;
      file.value = ""; // the same file may be chosen again
    }
  }
  file.addEventListener("change", () => upload(file.files[0]));
  const drags = (event) => event.dataTransfer?.types.includes("Files");
  root.addEventListener("dragover", (event) => {
    if (!drags(event)) return;
    event.preventDefault();
    event.stopPropagation();
    root.classList.add("dropping");
  });
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("dropping"); });
  root.addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!drags(event)) return;
    event.preventDefault();
    event.stopPropagation();
    upload(event.dataTransfer.files[0]);
  });
}
