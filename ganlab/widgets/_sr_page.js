// Third part of SuperResolutionStudio's page side, after _inpaint_page.js and _style_page.js: how it looks, and the whole picture on its way.
const METHODS = [["Bicubic", "#E69F00"], ["SRResNet", "#56B4E9"], ["SRGAN", "#009E73"]]; // told apart by the colour-blind, too
const SR_CSS = `
.ganlab-sr { container-type: inline-size; outline: none; }
.ganlab-sr .desk { display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); align-items: start; }
.ganlab-sr .three { display: grid; gap: 14px 20px; grid-template-columns: minmax(0, 1fr); outline: none; border-radius: 8px; }
.ganlab-sr .three:focus-visible { outline: 3px solid #E69F00; outline-offset: 6px; }
@container (min-width: 560px) {
  .ganlab-sr .desk { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .ganlab-sr .tune, .ganlab-sr .three { grid-column: 1 / -1; }
  .ganlab-sr .tune { order: 1; }
  .ganlab-sr .three { order: 2; grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
@container (min-width: 860px) {
  .ganlab-sr .desk { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .ganlab-sr .tune { grid-column: auto; }
}
.ganlab-sr canvas { height: auto; min-width: 24px; min-height: 24px; margin: 0 auto; cursor: crosshair; image-rendering: auto; background: #8882; }
.ganlab-sr.busy canvas { cursor: crosshair; }
.ganlab-sr canvas.part { aspect-ratio: var(--picture); width: min(100%, calc(380px * var(--picture))); }
.ganlab-sr .compare { position: relative; width: min(100%, calc(380px * var(--aspect))); margin: 0 auto; overflow: hidden; border-radius: 8px; touch-action: pan-y pinch-zoom; }
.ganlab-sr .compare:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-sr .compare canvas { aspect-ratio: var(--aspect); width: 100%; cursor: ew-resize; touch-action: pan-y pinch-zoom; }
.ganlab-sr .compare i { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: #fff; box-shadow: 0 0 0 1px #000a; pointer-events: none; }
.ganlab-sr .compare i::after { content: "‹ ›"; position: absolute; top: 50%; left: 50%; width: 34px; height: 34px; margin: -17px 0 0 -17px; border-radius: 50%; background: #fff;
  color: #000; font: 700 17px/32px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 1px #000a, 0 2px 6px #0006; }
.ganlab-sr .compare span { position: absolute; top: 8px; padding: 1px 9px; border-radius: 9px; background: #000b; color: #fff; font-size: 12px; pointer-events: none; }
.ganlab-sr .view { display: flex; flex-direction: column; gap: 8px; min-width: 0; }
.ganlab-sr .view canvas { aspect-ratio: var(--aspect); width: min(100%, calc(420px * var(--aspect))); touch-action: pan-y pinch-zoom; }
.ganlab-sr .name { display: flex; gap: 8px; align-items: center; font-weight: 600; }
.ganlab-sr .name::before { content: ""; width: 12px; height: 12px; flex: none; border-radius: 3px; background: var(--corner); box-shadow: 0 0 0 1px #0007; }
.ganlab-sr .name small { margin-left: auto; font-weight: 400; font-size: 12px; color: var(--jp-ui-font-color2, #666); font-variant-numeric: tabular-nums; }
.ganlab-sr .ends { display: flex; justify-content: space-between; gap: 12px; margin-top: -4px; font-size: 12px; line-height: 1.35; }
.ganlab-sr .ends span:last-child { text-align: right; }
.ganlab-sr .ends b { font-weight: 600; color: var(--jp-ui-font-color1, #1c1c1c); }
.ganlab-sr hr { width: 100%; margin: 2px 0; border: none; border-top: 1px solid var(--jp-border-color2, #d9d9d9); }
.ganlab-sr .push { margin-left: auto; }
.ganlab-sr progress { flex: 1; min-width: 80px; height: 10px; accent-color: #0072B2; }
.ganlab-sr label.inline { display: inline-flex; gap: 8px; }
.ganlab-sr select { font: inherit; color: inherit; padding: 3px 6px; border-radius: 6px; border: 1px solid var(--jp-border-color1, #bdbdbd); background: var(--jp-layout-color2, #f3f3f3); }
.ganlab-sr select:focus-visible, .ganlab-sr a:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-sr a { color: #0072B2; }
[data-jp-theme-light="false"] .ganlab-sr a { color: #56B4E9; }
.ganlab-sr .quiet { color: var(--jp-ui-font-color2, #666); font-variant-numeric: tabular-nums; }
.ganlab-sr [hidden] { display: none; }`;

const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
const times = (width, height) => `${width} × ${height}`;
const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// A canvas has the pixels that the screen has where it is; gives its size in CSS pixels and how many of its own one of them is.
function fitCanvas(canvas) {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const wide = Math.max(1, Math.round(canvas.clientWidth * ratio)), tall = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, wide, tall);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  return { context, wide, tall, ratio };
}
function strokes(context, path, ratio, ...styles) {
  for (const [line, colour] of styles) { context.lineWidth = line * ratio; context.strokeStyle = colour; context.stroke(path); }
}

// Draws at most once a frame. What is hidden has no size: it is drawn when it is shown, of which a ResizeObserver tells; or a moment later, if it
// was hidden for less than a frame, as everything is while JupyterLab changes its theme: then nobody tells.
function makeDrawing(canvases, drawNow) {
  let frame = 0, timer = null;
  const draw = (again = true) => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (canvases.every((canvas) => canvas.clientWidth)) drawNow();
      else if (again) { clearTimeout(timer); timer = setTimeout(draw, 250, false); }
    });
  };
  const sizes = new ResizeObserver(() => draw());
  for (const canvas of canvases) sizes.observe(canvas);
  return { draw, stop() { cancelAnimationFrame(frame); clearTimeout(timer); sizes.disconnect(); } };
}

// The whole picture: begun and stopped here, asked after while it is on its way, and its file fetched in pieces. `say` has the last word on it.
function makeWhole({ ask, scale }) {
  const bar = make("progress", { max: 1, value: 0 }), said = make("div", { className: "note" }), link = make("a", { href: "#", hidden: true });
  bar.setAttribute("aria-label", "How much of the whole picture is enlarged");
  said.setAttribute("role", "status");
  let wanted = Infinity, last = null, timer = null, file = null, fetching = false;
  const start = button("Download whole picture", "", async () => {
    wanted = (last?.job ?? 0) + 1; // from this one on: if it is refused, the one before is not wanted again
    const answer = await ask({ action: "whole" });
    if (answer.message) wanted = Infinity;
  });
  const stop = button("Stop", "stop after the tile it is at", () => ask({ action: "stop" }));
  const row = make("div", { className: "bar" }, bar, stop);

  async function fetchFile({ job, pieces, bytes, width, height }) {
    const parts = [];
    fetching = true;
    try {
      for (let index = 0; index < pieces; index++) {
        said.textContent = `Fetching the file: ${Math.round(100 * index / pieces)} % of ${(bytes / 1e6).toFixed(1)} MB`;
        const { piece } = await ask({ action: "piece", job, index });
        if (typeof piece !== "string") return; // the answer's own sentence says why
        parts.push(Uint8Array.from(atob(piece), (letter) => letter.charCodeAt(0)));
      }
      if (file) URL.revokeObjectURL(file.url);
      file = { job, url: URL.createObjectURL(new Blob(parts, { type: "image/png" })) };
      Object.assign(link, { href: file.url, download: "enlarged.png", textContent: "save it again" });
      said.textContent = `${times(width, height)} pixels, ${(bytes / 1e6).toFixed(1)} MB:`;
      link.click();
    } finally {
      fetching = false;
      show(last);
    }
  }
  function show(whole) { // what an answer says of it; null if nobody has begun one
    clearTimeout(timer);
    last = whole;
    const state = whole?.state ?? "none", busy = state === "running" || state === "writing";
    start.disabled = busy || fetching;
    row.hidden = !busy;
    stop.disabled = Boolean(whole?.stopping) || state === "writing";
    link.hidden = fetching || state !== "done" || file?.job !== whole.job;
    if (busy) {
      if (state === "running") bar.value = whole.share;
      else bar.removeAttribute("value");
      said.textContent = whole.stopping ? "Stopping after this tile." : state === "writing" ? "Writing the file." : `Enlarging: ${Math.round(100 * whole.share)} %`;
      timer = setTimeout(() => ask({ action: "progress" }), 300);
    } else if (state === "done" && !fetching) {
      if (whole.job >= wanted) { wanted = Infinity; fetchFile(whole); }
      else if (link.hidden) said.textContent = "";
    } else if (state !== "done") {
      if (whole && whole.job >= wanted) wanted = Infinity;
      said.textContent = { stopped: "Stopped; nothing was downloaded.", failed: whole?.message }[state] ?? "";
    }
  }
  function size(width, height) { start.title = `all ${times(width, height)} pixels, enlarged to ${times(scale * width, scale * height)} with the dial as it is; everything else goes on meanwhile`; }
  return { start, row, said, link, show, size, stop() { clearTimeout(timer); if (file) URL.revokeObjectURL(file.url); } };
}
