// LatentExplorer's page: sliders, strip and walk.
function render({ model, el }) {
  const names = JSON.parse(model.get("names")), size = model.get("size");
  const { root, trouble } = makeShell("ganlab-explorer", "Latent explorer");
  const kernel = talk({ model, root, trouble, live: ["set", "walk"], show: showAnswer });
  const ask = kernel.ask;

  // --- the picture --------------------------------------------------------------------------------------------------
  const picture = make("img", { width: size, height: size, alt: "the generated picture", draggable: false });
  const undo = button("Undo", "back to the state before the last change", () => ask({ action: "undo" }));
  const redo = button("Redo", "forward again", () => ask({ action: "redo" }));
  const bar = make("div", { className: "bar" }, button("Random", "another picture, sliders at zero", () => ask({ action: "random" }), "main"), undo, redo,
    button("Save", "put this picture on the strip", () => ask({ action: "save" })));

  // --- sliders ------------------------------------------------------------------------------------------------------
  const panel = make("div", { className: "panel" }), sliders = {};
  for (const name of names) {
    const input = slider(name, -5, 5, 0.1, 0), shown = make("output", { textContent: "0.0" });
    input.dataset.name = name;
    let dragging = false;
    input.addEventListener("input", () => {
      if (!dragging) { dragging = true; ask({ action: "remember" }); }
      shown.textContent = (+input.value).toFixed(1);
      ask({ action: "set", name, amount: +input.value, gesture: name });
    });
    input.addEventListener("change", () => { dragging = false; });
    input.addEventListener("dblclick", () => {
      input.value = 0;
      for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind));
    });
    sliders[name] = { input, shown, isDragging: () => dragging };
    panel.append(make("span", { textContent: name }), input, shown);
  }

  // --- strip and walk -----------------------------------------------------------------------------------------------
  const strip = make("div", { className: "strip" });
  const walk = Object.assign(slider("walk between the two chosen pictures", 0, 1, 0.01, 0), { disabled: true });
  let chosen = [];
  walk.addEventListener("input", () => {
    if (chosen.length === 2) ask({ action: "walk", first: chosen[0], second: chosen[1], t: +walk.value, gesture: "walk" });
  });
  function drawStrip() {
    const saved = JSON.parse(model.get("strip"));
    chosen = chosen.filter((index) => index < saved.length);
    strip.replaceChildren();
    if (saved.length === 0) strip.append(make("span", { className: "note", textContent: "Saved pictures appear here. Choose two to walk between them." }));
    saved.forEach((url, index) => {
      const face = button("", "", () => {
        chosen = chosen.includes(index) ? chosen.filter((other) => other !== index) : [...chosen, index].slice(-2);
        walk.disabled = chosen.length !== 2;
        walk.value = 0;
        drawStrip();
      }, "face");
      face.append(make("img", { src: url, alt: `saved picture ${index + 1}` }));
      strip.append(press(face, chosen.includes(index)));
    });
    if (saved.length > 1) strip.append(make("label", { className: "walk" }, make("span", { className: "note", textContent: "walk" }), walk));
  }
  root.append(make("div", { className: "stage" }, picture, bar), panel, strip, trouble);

  function showAnswer(answer) {
    picture.src = answer.image;
    idle(root, [[undo, answer.undo === 0], [redo, answer.redo === 0]]);
    if (kernel.ahead()) return; // the hand is ahead of the answer
    for (const [name, { input, shown, isDragging }] of Object.entries(sliders)) {
      if (isDragging()) continue;
      input.value = answer.amounts[name];
      shown.textContent = answer.amounts[name].toFixed(1);
    }
  }
  kernel.follow("strip", drawStrip);
  kernel.begin();
  el.append(root);
  return () => kernel.stop();
}

export default { render };
