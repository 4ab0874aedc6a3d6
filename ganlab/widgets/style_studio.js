// Last part of StyleStudio's page side: everything in its place, and the kernel's answers. Everything that passes is text.
function render({ model, el }) {
  const { contents, styles, sizes, scales, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const root = make("div", { className: "ganlab-studio ganlab-style" }, make("style", { textContent: CSS + STYLE_CSS }));
  root.style.setProperty("--pixels", "auto");
  root.style.setProperty("--aspect", "1");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Style studio");
  root.tabIndex = -1;
  const trouble = make("div", { className: "trouble" }), status = make("div", { className: "note" });
  for (const node of [trouble, status]) {
    node.setAttribute("role", "status");
    node.setAttribute("aria-live", "polite");
  }
  const kernel = talk({ model, root, trouble });
  const { ask } = kernel;
  const paper = makePaper({ talk: kernel, ask });
  const act = (action, more = {}) => { paper.lift(); return ask({ action, ...more }); };
  const adjust = (control, dials) => ask({ action: "adjust", gesture: kernel.gestureOf(control), ...dials });
  let current = 0; // the corner that the gallery fills and the brush paints
  let names = CORNERS.map(() => "");

  // --- the picture ------------------------------------------------------------------------------------------------------
  const sampleButton = ({ name, url }, click) => {
    const node = make("button", { className: "sample", type: "button", title: name }, make("img", { src: url, alt: name }));
    node.addEventListener("click", click);
    return node;
  };
  const pictures = contents.map((sample, index) => sampleButton(sample, () => act("content", { index })));
  const fileInput = (label) => {
    const node = make("input", { type: "file", accept: "image/*", tabIndex: -1 });
    node.setAttribute("aria-label", label);
    return node;
  };
  const ownFile = fileInput("picture of your own");
  const limit = `PNG, JPEG, WebP and others, at most ${maxBytes / 1e6} MB; it goes to your kernel only`;
  const pick = button("Upload…", `a picture of your own: ${limit}`, () => ownFile.click());
  const size = make("select", { title: "pixels of the longer side" }, ...sizes.map((value) => make("option", { value, textContent: `${value} pixels` })));
  size.addEventListener("change", () => act("size", { size: +size.value }));
  const sizeField = field("Size", size);
  sizeField.className = "inline push";

  // --- regions ------------------------------------------------------------------------------------------------------------
  const chips = CORNERS.map(([letter, colour], index) => {
    const node = button("", `the brush paints where style ${letter} holds alone`, () => paper.setColour(index + 1), "chip");
    node.append(badge(letter, colour));
    node.style.setProperty("--corner", colour);
    node.setAttribute("aria-label", `Paint ${letter}`);
    return node;
  });
  const erase = button("Erase", "the brush brings the mixture back", () => paper.setColour(0), "tool");
  const undo = button("Undo", "back to how it was before the last change", () => act("undo"));
  const redo = button("Redo", "forward again", () => act("redo"));
  const clear = button("Clear", "no regions any more", () => act("clear"));
  const radius = make("input", { type: "range", min: 1, max: 64, step: 1, value: 12 }), radiusShown = make("output");
  radius.setAttribute("aria-label", "Brush radius in pixels");
  radius.addEventListener("input", () => paper.setRadius(+radius.value));

  // --- styles -------------------------------------------------------------------------------------------------------------
  const styleFiles = CORNERS.map(([letter]) => fileInput(`style ${letter} of your own`));
  const pickStyle = button("Upload…", `a style of your own for this corner: ${limit}; or drop it on a corner`, () => styleFiles[current].click(), "push");
  const pad = makePad({
    move: (x, y) => adjust("pad", { pad: [x, y] }),
    choose: (index) => paper.setColour(index + 1),
    drop: (index, node) => takeFiles({ root: node, file: styleFiles[index], pick: pickStyle, trouble, status, maxBytes,
      send: (piece) => act("upload", { corner: CORNERS[index][0], ...piece }) }),
  });
  const gallery = styles.map((sample, index) => sampleButton(sample, () => act("style", { corner: CORNERS[current][0], index })));
  const whose = make("span", { className: "badge" }), name = make("span", { className: "ellipsis" });
  let indices = CORNERS.map(() => null);
  function showCurrent() {
    [whose.textContent] = CORNERS[current];
    whose.style.setProperty("--corner", CORNERS[current][1]);
    name.textContent = names[current];
    pad.pick(current);
    gallery.forEach((node, index) => press(node, index === indices[current]));
  }
  paper.listen((colour) => {
    chips.forEach((chip, index) => press(chip, index + 1 === colour));
    press(erase, colour === 0);
    if (colour) current = colour - 1;
    showCurrent();
  }, (value, largest) => {
    Object.assign(radius, { max: largest, value });
    radiusShown.textContent = `${value} px`;
  });
  const strength = make("input", { type: "range", min: 0, max: 100, step: 1, value: 100 }), strengthShown = make("output");
  strength.setAttribute("aria-label", "Strength in percent");
  strength.addEventListener("input", () => {
    strengthShown.textContent = `${strength.value} %`;
    adjust("strength", { alpha: +strength.value / 100 });
  });
  const marks = scales.map((scale) => button({ 0.5: "fine", 1: "normal", 2: "large" }[scale] ?? `${scale} ×`, `the style at ${scale} times its size`,
    () => act("adjust", { style_scale: scale }), "tool"));
  const keep = make("input", { type: "checkbox" });
  keep.addEventListener("change", () => act("adjust", { keep_colours: keep.checked }));
  const keepField = make("label", { className: "check" }, keep, make("span", { textContent: "Keep the picture's own colours" }));
  const marksBar = make("div", { className: "bar" }, make("span", { textContent: "Marks" }), ...marks);
  marksBar.setAttribute("role", "group");
  marksBar.setAttribute("aria-label", "Marks");

  // --- the result ---------------------------------------------------------------------------------------------------------
  const wipe = makeWipe();
  const download = button("Download", "the painted picture as a PNG", () => {
    make("a", { href: wipe.result.src, download: "stylised.png" }).click();
  }, "main");
  const time = make("span", { className: "quiet", title: "picture, and the kernel's time for it" });

  // --- everything in its place ----------------------------------------------------------------------------------------------
  const key = (text) => make("kbd", { textContent: text });
  const help = make("p", { className: "note", id: `ganlab-style-${kernel.name}` }, "Drag the point between the styles, or paint with the mouse or a finger. With the keyboard: arrow keys move the point or the brush (",
    key("Shift"), " faster), ", key("A"), " to ", key("D"), " choose a style; on the picture hold ", key("Space"), " to paint, or ", key("Enter"), " to put the brush down and to lift it, ",
    key("E"), " erases, ", key("["), " ", key("]"), " change the radius; ", key("Ctrl+Z"), " and ", key("Ctrl+Y"), " undo and redo.");
  paper.canvas.setAttribute("role", "application");
  paper.canvas.setAttribute("aria-roledescription", "painting area");
  paper.canvas.setAttribute("aria-describedby", help.id);
  const stage = (kind, title, ...children) => make("div", { className: `stage ${kind}` }, make("div", { className: "title", textContent: title }), ...children);
  root.append(
    make("div", { className: "bar" }, ...pictures, pick, ownFile, make("span", { className: "note", textContent: "or drop a file here" }), sizeField),
    make("div", { className: "desk" },
      stage("picture", "Paint where one style holds alone", paper.canvas, make("div", { className: "bar" }, ...chips, erase), field("Brush", radius, radiusShown),
        make("div", { className: "bar" }, undo, redo, clear)),
      stage("styles", "Mix four styles", pad.node, make("div", { className: "dials" },
        make("div", { className: "bar tight" }, whose, name, pickStyle, ...styleFiles), make("div", { className: "gallery" }, ...gallery),
        field("Strength", strength, strengthShown), marksBar, keepField)),
      stage("result", "Painted by the network", wipe.frame, wipe.dial, make("div", { className: "bar" }, download, time, status))),
    trouble, help);
  takeFiles({ root, file: ownFile, pick, trouble, status, maxBytes, send: (piece) => act("upload", piece) });
  root.addEventListener("drop", () => root.classList.remove("dropping"), true); // a drop on a corner goes no further than there
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const letter = event.key.toLowerCase();
    const wanted = letter === "z" && !event.shiftKey ? undo : letter === "y" || letter === "z" ? redo : null;
    if (!wanted) return;
    event.preventDefault();
    event.stopPropagation();
    if (!wanted.disabled) wanted.click();
  });

  function receive() {
    const text = model.get("response");
    if (!text) return;
    const answer = JSON.parse(text), asked = kernel.answered(answer);
    if (answer.image) showAnswer(answer, asked);
    else if (!asked) ask({ action: "look" }); // this view begins in the middle of an upload
    asked?.resolve(answer);
    kernel.pump();
  }
  function showAnswer(answer, asked) {
    root.style.setProperty("--aspect", String(answer.width / answer.height));
    wipe.result.src = answer.image;
    wipe.result.alt = answer.alt;
    if (asked?.released) {
      wipe.result.decode().then(() => { root.dataset.lastMs = (performance.now() - asked.released).toFixed(1); }, () => {});
    }
    trouble.textContent = answer.message;
    time.textContent = `${answer.width} × ${answer.height}${answer.ms === null ? "" : `, ${answer.ms} ms`}`;
    if (status.textContent) status.textContent = "";
    for (const [node, idle] of [[undo, answer.undo === 0], [redo, answer.redo === 0], [clear, answer.runs.length === 2 && answer.runs[0] === 0]]) {
      if (idle && node === document.activeElement) root.focus({ preventScroll: true }); // or the next Ctrl+Z would be JupyterLab's
      node.disabled = idle;
    }
    pictures.forEach((node, index) => press(node, index === answer.content));
    paper.show(answer);
    if (kernel.ahead()) return; // the hand is ahead of the answer
    if (!pad.held()) pad.set(...answer.pad);
    strength.value = Math.round(100 * answer.alpha);
    strengthShown.textContent = `${strength.value} %`;
    size.value = String(answer.size);
    keep.checked = answer.keep_colours;
    marks.forEach((node, index) => press(node, scales[index] === answer.style_scale));
  }
  function receiveOriginal() { paper.original.src = wipe.before.src = model.get("original"); }
  function receiveCorners() {
    const found = JSON.parse(model.get("corners"));
    names = found.map((style) => style.name);
    indices = found.map((style) => style.index);
    pad.show(found);
    showCurrent();
  }
  model.on("change:response", receive);
  model.on("change:original", receiveOriginal);
  model.on("change:corners", receiveCorners);
  receiveCorners();
  paper.setColour(1);
  receiveOriginal();
  receive();
  el.append(root);
  paper.draw();
  return () => {
    kernel.stop();
    paper.stop();
    model.off("change:response", receive);
    model.off("change:original", receiveOriginal);
    model.off("change:corners", receiveCorners);
  };
}

export default { render };
