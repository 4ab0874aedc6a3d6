// SuperResolutionStudio's page: everything in its place, and the kernel's answers.
function render({ model, el }) {
  const { samples, scale, sizes, least, most, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const shell = makeShell("ganlab-studio ganlab-sr", "Super-resolution studio"), { root, trouble, status } = shell;
  for (const [name, value] of [["pixels", "auto"], ["aspect", "1"], ["picture", "1"]]) root.style.setProperty(`--${name}`, value);
  const kernel = talk({ model, root, trouble, live: ["adjust"], show: showAnswer, hear: (answer) => { if ("whole" in answer) whole.show(answer.whole); } });
  const { ask } = kernel;
  const adjust = (control, wish) => ask({ action: "adjust", gesture: kernel.gestureOf(control), ...wish }, performance.now());

  // --- the picture --------------------------------------------------------------------------------------------------
  const options = sizes.map((value) => make("option", { value, textContent: value ? `at most ${value} pixels` : "as it is" }));
  const size = make("select", { title: "pixels of the picture's longer side: a camera's millions hold less detail than they have room for, so make such a picture smaller first" }, ...options);
  size.addEventListener("change", () => ask({ action: "size", size: +size.value }));
  const sizeField = Object.assign(field("Size", size), { className: "inline push" });
  const sources = makeSources({ shell, maxBytes, samples: samples.map(({ name, remark, url }) => ({ name, title: `${name}: ${remark}`, url })),
    choose: (index) => ask({ action: "sample", index }), send: (piece) => ask({ action: "upload", ...piece }), more: [status, sizeField] });

  const frame = makeFrame({ least, most, change({ left, top, wide, tall }) {
    showPart([left, top, wide, tall]);
    adjust("frame", { crop: [left, top, wide, tall] });
  } });
  const squares = [64, 96, 128, 192].map((side) => button(String(side), `a square of ${side} pixels`, () => frame.resize(side, side), "tool"));
  const squaresBar = aria(make("div", { className: "bar" }, make("span", { textContent: "Square" }), ...squares), { role: "group", label: "The frame as a square" });
  const part = make("span", { className: "quiet" });
  function showPart([, , wide, tall]) {
    part.textContent = `${times(wide, tall)} → ${times(scale * wide, scale * tall)}`;
    squares.forEach((node) => press(node, wide === tall && node.textContent === String(wide)));
  }

  // --- dial, loupe, downloads -----------------------------------------------------------------------------------------------
  const dial = slider("GAN weight in percent: 0 is SRResNet, 100 is SRGAN", 0, 100, 1, 100), dialShown = make("output");
  dial.addEventListener("input", () => {
    dialShown.textContent = (+dial.value / 100).toFixed(2);
    adjust("dial", { gan_weight: +dial.value / 100 });
  });
  const ends = make("div", { className: "ends quiet" }, make("span", {}, make("b", { textContent: "0: SRResNet" }), make("br"), "true to the pixels, soft"),
    make("span", {}, make("b", { textContent: "1: SRGAN" }), make("br"), "sharp, with invented detail"));
  const views = makeViews();
  const loupeBar = aria(make("div", { className: "bar" }, make("span", { textContent: "Loupe" }), ...views.zooms), { role: "group", label: "The loupe's magnification" });
  let result = null;
  const download = button("Download part", "what is inside of the frame, enlarged with the dial as it is, as a PNG", () => {
    if (result) save(result.src, "enlarged-part.png");
  }, "main");
  const time = make("span", { className: "quiet push", title: "the kernel's time for the enlarged pictures" });
  const whole = makeWhole({ ask, scale });

  // --- everything in its place ------------------------------------------------------------------------------------------------
  const help = make("p", { className: "note", id: `ganlab-sr-${kernel.name}` }, "Drag the frame or its corners, or click beside it; hold the mouse over an enlarged picture for the loupe. With the keyboard: arrow keys move the frame (",
    key("Shift"), " faster), ", key("["), " ", key("]"), " change its size, ", key("Home"), " brings it to the middle; arrow keys also move the divider and the loupe, ", key("Esc"), " puts the loupe away.");
  aria(frame.canvas, { describedby: help.id });
  root.append(
    sources.node,
    make("div", { className: "desk" },
      stage("Choose a part", "choose", frame.canvas, make("div", { className: "bar" }, squaresBar), make("div", { className: "bar" }, part, time)),
      stage("Before and after", "wiped", views.compare),
      stage("Tune and save", "tune", field("GAN weight", dial, dialShown), ends, loupeBar, make("hr"), make("div", { className: "bar" }, download, whole.start), whole.row, make("div", { className: "bar" }, whole.said, whole.link),
        make("p", { className: "note", textContent: "What a network adds is likely, not true: read no name, no number and no face out of it." })),
      views.three),
    trouble, help);

  // --- answers ------------------------------------------------------------------------------------------------------------------
  const loading = new Map(); // address -> picture that is there, or on its way
  const load = (url) => {
    const known = loading.get(url);
    if (known) return known;
    const image = make("img", { alt: "", src: url }), promise = image.decode().then(() => image);
    loading.set(url, promise);
    return promise;
  };
  let turn = 0, shown = 0;
  async function showPictures(answer, asked) { // all three at once, and never an older answer after a newer one
    const mine = ++turn, { bicubic, srresnet } = JSON.parse(model.get("compared")), urls = [bicubic, srresnet, answer.image];
    root.dataset.shown = "false";
    try {
      const images = await Promise.all(urls.map(load));
      if (mine < shown) return;
      shown = mine;
      for (const url of loading.keys()) if (!urls.includes(url) && mine === turn) loading.delete(url);
      [, , result] = images;
      root.style.setProperty("--aspect", String(answer.crop[2] / answer.crop[3]));
      views.caption(answer);
      views.show(images);
      if (asked?.released) requestAnimationFrame(() => { root.dataset.lastMs = (performance.now() - asked.released).toFixed(1); });
    } catch (error) {
      trouble.textContent = `Sorry, the browser cannot show the enlarged picture (${error.name}).`;
    } finally {
      if (mine === turn) root.dataset.shown = "true";
    }
  }
  function showAnswer(answer, asked) {
    root.style.setProperty("--picture", String(answer.width / answer.height));
    if (status.textContent) status.textContent = "";
    if (answer.ms !== null && !answer.message) time.textContent = `${answer.ms} ms`;
    sources.chosen(answer.sample);
    options[0].textContent = `as it is: ${times(...answer.full)}`;
    whole.size(answer.width, answer.height);
    showPictures(answer, asked);
    const follow = !kernel.ahead();
    frame.show(answer, follow);
    showPart(Object.values(frame.crop()));
    if (!follow) return; // the hand is ahead of the answer
    dial.value = Math.round(100 * answer.gan_weight);
    dialShown.textContent = answer.gan_weight.toFixed(2);
    size.value = String(answer.size);
  }
  kernel.follow("original", () => { frame.picture.src = model.get("original"); });
  kernel.begin();
  el.append(root);
  views.draw();
  return () => { for (const each of [kernel, frame, views, whole]) each.stop(); };
}

export default { render };
