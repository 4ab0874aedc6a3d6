// Canvases that are drawn when they are seen, and a picture over another one up to a divider.

// A canvas has the pixels that the screen has where it is; gives its size in them and how many of them a CSS pixel is.
const pixelRatio = () => Math.min(3, window.devicePixelRatio || 1);
function fitCanvas(canvas) {
  const ratio = pixelRatio();
  const wide = Math.max(1, Math.round(canvas.clientWidth * ratio)), tall = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, wide, tall);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  return { context, wide, tall, ratio };
}
function outline(context, path, ratio, ...styles) { // [[width in CSS pixels, colour], ...]
  for (const [width, colour] of styles) { context.lineWidth = width * ratio; context.strokeStyle = colour; context.stroke(path); }
}
const isLoaded = (image) => image.complete && image.naturalWidth > 0;

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
  return { draw: () => draw(), stop() { cancelAnimationFrame(frame); clearTimeout(timer); sizes.disconnect(); } };
}

// Where on a canvas a hand is, in pixels of the picture that it shows, and how many CSS pixels one of those is.
function placeOn(canvas, event, width, height) {
  const box = canvas.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width * width, y: (event.clientY - box.top) / box.height * height, zoom: box.width / width };
}

// The result with the picture as it was over its left part.
function makeWipe(after) {
  const result = make("img", { draggable: false }), before = make("img", { alt: "", draggable: false });
  const divider = make("i"), tagBefore = make("span", { textContent: "original" }), tagAfter = make("span", { textContent: after });
  tagBefore.style.left = tagAfter.style.right = "8px";
  const dial = slider("Show original, in percent from the left: before and after", 0, 100, 1, 0), shown = make("output");
  function set() {
    const share = +dial.value;
    before.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    divider.style.left = `${share}%`;
    divider.hidden = share === 0 || share === 100;
    tagBefore.hidden = share < 25;
    tagAfter.hidden = share > 75;
    shown.textContent = `${share} %`;
  }
  dial.addEventListener("input", set);
  set();
  function show(root, url, asked) { // the new result; how long it took since the hand was lifted is kept for those who measure
    result.src = url;
    if (asked?.released) result.decode().then(() => { root.dataset.lastMs = (performance.now() - asked.released).toFixed(1); }, () => {});
  }
  return { result, before, show, frame: make("div", { className: "wipe" }, result, before, divider, tagBefore, tagAfter), dial: field("Show original", dial, shown) };
}
