// InpaintStudio's page: samples, tools, and the filled picture before and after.
function render({ model, el }) {
  const { resolution, scale, samples, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const shell = makeShell("ganlab-studio ganlab-inpaint", "Inpainting studio"), { root, trouble, status } = shell;
  root.style.setProperty("--pixels", scale >= 1.5 ? "pixelated" : "auto");
  const kernel = talk({ model, root, trouble, live: ["mask"], show: showAnswer });
  const act = (action, more = {}) => { hole.lift(); return kernel.ask({ action, ...more }); };

  // --- tools --------------------------------------------------------------------------------------------------------
  const paint = button("Paint", "the brush makes a hole", () => hole.setErases(false), "tool");
  const erase = button("Erase", "the brush brings the picture back", () => hole.setErases(true), "tool");
  const undo = button("Undo", "back to the state before the last change", () => act("undo"));
  const redo = button("Redo", "forward again", () => act("redo"));
  const clear = button("Clear", "no hole any more", () => act("clear"));
  const radius = slider("Brush radius in pixels", 1, Math.round(resolution / 4), 1, 1), radiusShown = make("output");
  radius.addEventListener("input", () => hole.setRadius(+radius.value));
  const hole = makeHole({ resolution, smooth: scale < 1.5, kernel,
    erases(whether) { press(paint, !whether); press(erase, whether); },
    radius(pixels) { radius.value = pixels; radiusShown.textContent = `${pixels} px`; } });
  undoKeys(root, undo, redo);

  // --- everything in its place --------------------------------------------------------------------------------------
  const sources = makeSources({ shell, maxBytes, samples: samples.map((url, index) => ({ name: `sample ${index + 1}`, url })),
    choose: (index) => act("choose", { index }), send: (piece) => act("upload", piece) });
  const wipe = makeWipe("filled");
  const download = button("Download", "the filled picture as a PNG", () => save(wipe.result.src, "inpainted.png"), "main");
  const help = make("p", { className: "note", id: `ganlab-studio-${kernel.name}` }, "Draw with the mouse or a finger. With the keyboard, on the picture: arrow keys move the brush (",
    key("Shift"), " faster), hold ", key("Space"), " to paint, or ", key("Enter"), " to put the brush down and to lift it; ", key("E"), " switches between paint and erase, ",
    key("["), " ", key("]"), " change the radius, ", key("Ctrl+Z"), " and ", key("Ctrl+Y"), " undo and redo.");
  aria(hole.canvas, { describedby: help.id });
  const stages = [
    stage("Paint over what should vanish", "", hole.canvas, make("div", { className: "bar" }, paint, erase, undo, redo, clear), field("Brush", radius, radiusShown)),
    stage("Filled by the network", "", wipe.frame, wipe.dial, make("div", { className: "bar" }, download, status)),
  ];
  for (const node of stages) node.style.width = `${resolution * scale}px`;
  root.append(sources.node, make("div", { className: "stages" }, ...stages), trouble, help);

  // --- answers ------------------------------------------------------------------------------------------------------
  function showAnswer(answer, asked) {
    wipe.show(root, answer.image, asked);
    idle(root, [[undo, answer.undo === 0], [redo, answer.redo === 0], [clear, answer.missing === 0]]);
    sources.chosen(answer.chosen);
    if (hole.painting() || kernel.ahead()) return; // the hand is ahead of the answer
    hole.show(answer.mask);
    const share = answer.missing === 0 || answer.missing >= 0.01 ? Math.round(100 * answer.missing) : "less than 1";
    aria(hole.canvas, { label: answer.missing ? `The picture with a hole: ${share} % is missing.` : "The picture, without a hole yet: paint over what should vanish." });
    wipe.result.alt = answer.missing ? `The filled picture: ${share} % of it comes from the network.` : "The picture as it is: nothing is missing yet.";
    status.textContent = answer.missing ? `${share} % of the picture is new` : "nothing is missing yet";
  }
  hole.setErases(false);
  hole.setRadius(hole.usual);
  kernel.follow("original", () => { hole.original.src = wipe.before.src = model.get("original"); });
  kernel.begin();
  el.append(root);
  return () => { kernel.stop(); hole.stop(); };
}

export default { render };
