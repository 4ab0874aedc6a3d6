// StyleStudio's page: everything in its place, and the kernel's answers.
function render({ model, el }) {
  const { contents, styles, sizes, scales, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const shell = makeShell("ganlab-studio ganlab-style", "Style studio"), { root, trouble, status } = shell;
  root.style.setProperty("--pixels", "auto");
  root.style.setProperty("--aspect", "1");
  const kernel = talk({ model, root, trouble, live: ["adjust", "paint"], show: showAnswer });
  const act = (action, more = {}) => { paper.lift(); return kernel.ask({ action, ...more }); };
  const adjust = (control, dials) => kernel.ask({ action: "adjust", gesture: kernel.gestureOf(control), ...dials });
  let current = 0; // the corner that the gallery fills and the brush paints
  let names = CORNERS.map(() => ""), indices = CORNERS.map(() => null);

  // --- the picture --------------------------------------------------------------------------------------------------
  const size = make("select", { title: "pixels of the longer side" }, ...sizes.map((value) => make("option", { value, textContent: `${value} pixels` })));
  size.addEventListener("change", () => act("size", { size: +size.value }));
  const sizeField = Object.assign(field("Size", size), { className: "inline push" });
  const sources = makeSources({ shell, maxBytes, samples: contents, choose: (index) => act("content", { index }), send: (piece) => act("upload", piece), more: [sizeField] });
  root.addEventListener("drop", () => root.classList.remove("dropping"), true); // a drop on a corner goes no further than there

  // --- regions ------------------------------------------------------------------------------------------------------------
  const chips = CORNERS.map(([letter, colour], index) => {
    const node = button("", `the brush paints where style ${letter} holds alone`, () => paper.setColour(index + 1), "chip");
    node.append(badge(letter, colour));
    node.style.setProperty("--corner", colour);
    return aria(node, { label: `Paint ${letter}` });
  });
  const erase = button("Erase", "the brush brings the mixture back", () => paper.setColour(0), "tool");
  const undo = button("Undo", "back to how it was before the last change", () => act("undo"));
  const redo = button("Redo", "forward again", () => act("redo"));
  const clear = button("Clear", "no regions any more", () => act("clear"));
  undoKeys(root, undo, redo);
  const radius = slider("Brush radius in pixels", 1, 64, 1, 12), radiusShown = make("output");
  radius.addEventListener("input", () => paper.setRadius(+radius.value));
  const paper = makePaper({ kernel,
    onColour(colour) {
      chips.forEach((chip, index) => press(chip, index + 1 === colour));
      press(erase, colour === 0);
      if (colour) current = colour - 1;
      showCurrent();
    },
    onRadius(value, largest) {
      Object.assign(radius, { max: largest, value });
      radiusShown.textContent = `${value} px`;
    } });

  // --- styles -------------------------------------------------------------------------------------------------------------
  const styleFiles = CORNERS.map(([letter]) => fileInput(`style ${letter} of your own`));
  const pickStyle = button("Upload…", `a style of your own for this corner: ${fileLimit(maxBytes)}; or drop it on a corner`, () => styleFiles[current].click(), "push");
  const pad = makePad({
    move: (x, y) => adjust("pad", { pad: [x, y] }),
    choose: (index) => paper.setColour(index + 1),
    drop: (index, node) => takeFiles({ root: node, file: styleFiles[index], pick: pickStyle, trouble, status, maxBytes,
      send: (piece) => act("upload", { corner: CORNERS[index][0], ...piece }) }),
  });
  const gallery = styles.map((sample, index) => sampleButton(sample, () => act("style", { corner: CORNERS[current][0], index })));
  const whose = make("span", { className: "badge" }), name = make("span", { className: "ellipsis" });
  function showCurrent() {
    [whose.textContent] = CORNERS[current];
    whose.style.setProperty("--corner", CORNERS[current][1]);
    name.textContent = names[current];
    pad.pick(current);
    gallery.forEach((node, index) => press(node, index === indices[current]));
  }
  const strength = slider("Strength in percent", 0, 100, 1, 100), strengthShown = make("output");
  strength.addEventListener("input", () => {
    strengthShown.textContent = `${strength.value} %`;
    adjust("strength", { alpha: +strength.value / 100 });
  });
  const marks = scales.map((scale) => button({ 0.5: "fine", 1: "normal", 2: "large" }[scale] ?? `${scale} ×`, `the style at ${scale} times its size`,
    () => act("adjust", { style_scale: scale }), "tool"));
  const keep = make("input", { type: "checkbox" });
  keep.addEventListener("change", () => act("adjust", { keep_colours: keep.checked }));
  const keepField = make("label", { className: "check" }, keep, make("span", { textContent: "Keep the picture's own colours" }));
  const marksBar = aria(make("div", { className: "bar" }, make("span", { textContent: "Marks" }), ...marks), { role: "group", label: "Marks" });

  // --- the result ---------------------------------------------------------------------------------------------------------
  const wipe = makeWipe("painted");
  const download = button("Download", "the painted picture as a PNG", () => save(wipe.result.src, "stylised.png"), "main");
  const time = make("span", { className: "quiet", title: "picture, and the kernel's time for it" });

  // --- everything in its place ----------------------------------------------------------------------------------------------
  const help = make("p", { className: "note", id: `ganlab-style-${kernel.name}` }, "Drag the point between the styles, or paint with the mouse or a finger. With the keyboard: arrow keys move the point or the brush (",
    key("Shift"), " faster), ", key("A"), " to ", key("D"), " choose a style; on the picture hold ", key("Space"), " to paint, or ", key("Enter"), " to put the brush down and to lift it, ",
    key("E"), " erases, ", key("["), " ", key("]"), " change the radius; ", key("Ctrl+Z"), " and ", key("Ctrl+Y"), " undo and redo.");
  aria(paper.canvas, { describedby: help.id });
  root.append(
    sources.node,
    make("div", { className: "desk" },
      stage("Paint where one style holds alone", "picture", paper.canvas, make("div", { className: "bar" }, ...chips, erase), field("Brush", radius, radiusShown),
        make("div", { className: "bar" }, undo, redo, clear)),
      stage("Mix four styles", "styles", pad.node, make("div", { className: "dials" },
        make("div", { className: "bar tight" }, whose, name, pickStyle, ...styleFiles), make("div", { className: "gallery" }, ...gallery),
        field("Strength", strength, strengthShown), marksBar, keepField)),
      stage("Painted by the network", "result", wipe.frame, wipe.dial, make("div", { className: "bar" }, download, time, status))),
    trouble, help);
  function showAnswer(answer, asked) {
    root.style.setProperty("--aspect", String(answer.width / answer.height));
    wipe.show(root, answer.image, asked);
    wipe.result.alt = answer.alt;
    time.textContent = `${answer.width} × ${answer.height}${answer.ms === null ? "" : `, ${answer.ms} ms`}`;
    if (status.textContent) status.textContent = "";
    idle(root, [[undo, answer.undo === 0], [redo, answer.redo === 0], [clear, answer.runs.length === 2 && answer.runs[0] === 0]]);
    sources.chosen(answer.content);
    paper.show(answer);
    if (kernel.ahead()) return; // the hand is ahead of the answer
    if (!pad.held()) pad.set(...answer.pad);
    strength.value = Math.round(100 * answer.alpha);
    strengthShown.textContent = `${strength.value} %`;
    size.value = String(answer.size);
    keep.checked = answer.keep_colours;
    marks.forEach((node, index) => press(node, scales[index] === answer.style_scale));
  }
  kernel.follow("corners", () => {
    const found = JSON.parse(model.get("corners"));
    names = found.map((style) => style.name);
    indices = found.map((style) => style.index);
    pad.show(found);
    showCurrent();
  });
  kernel.follow("original", () => { paper.original.src = wipe.before.src = model.get("original"); });
  paper.setColour(1);
  kernel.begin();
  el.append(root);
  return () => { kernel.stop(); paper.stop(); };
}

export default { render };
