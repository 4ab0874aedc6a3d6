// Last part of SuperResolutionStudio's page side: everything in its place, and the kernel's answers. Everything that passes is text.
function render({ model, el }) {
  const { samples, scale, sizes, least, most, max_bytes: maxBytes } = JSON.parse(model.get("settings"));
  const root = make("div", { className: "ganlab-studio ganlab-sr" }, make("style", { textContent: CSS + SR_CSS }));
  root.style.setProperty("--pixels", "auto");
  root.style.setProperty("--aspect", "1");
  root.style.setProperty("--picture", "1");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Super-resolution studio");
  root.tabIndex = -1;
  const trouble = make("div", { className: "trouble" }), status = make("div", { className: "note" });
  for (const node of [trouble, status]) {
    node.setAttribute("role", "status");
    node.setAttribute("aria-live", "polite");
  }
  const kernel = talk({ model, root, trouble });
  const { ask } = kernel;
  const adjust = (control, wish, released = null) => ask({ action: "adjust", gesture: kernel.gestureOf(control), ...wish }, released);

  // --- the picture --------------------------------------------------------------------------------------------------------
  const pictures = samples.map(({ name, remark, url }, index) => {
    const node = make("button", { className: "sample", type: "button", title: `${name}: ${remark}` }, make("img", { src: url, alt: name }));
    node.addEventListener("click", () => ask({ action: "sample", index }));
    return node;
  });
  const file = make("input", { type: "file", accept: "image/*", tabIndex: -1 });
  file.setAttribute("aria-label", "picture of your own");
  const pick = button("Upload…", `a picture of your own: PNG, JPEG, WebP and others, at most ${maxBytes / 1e6} MB; it goes to your kernel only`, () => file.click());
  takeFiles({ root, file, pick, trouble, status, maxBytes, send: (piece) => ask({ action: "upload", ...piece }) });
  const options = sizes.map((value) => make("option", { value, textContent: value ? `at most ${value} pixels` : "as it is" }));
  const size = make("select", { title: "pixels of the picture's longer side: a camera's millions hold less detail than they have room for, so make such a picture smaller first" }, ...options);
  size.addEventListener("change", () => ask({ action: "size", size: +size.value }));
  const sizeField = field("Size", size);
  sizeField.className = "inline push";

  const frame = makeFrame({ least, most, change({ left, top, wide, tall }) {
    showPart([left, top, wide, tall]);
    adjust("frame", { crop: [left, top, wide, tall] }, performance.now());
  } });
  const squares = [64, 96, 128, 192].map((side) => button(String(side), `a square of ${side} pixels`, () => frame.resize(side, side), "tool"));
  const squaresBar = make("div", { className: "bar" }, make("span", { textContent: "Square" }), ...squares);
  squaresBar.setAttribute("role", "group");
  squaresBar.setAttribute("aria-label", "The frame as a square");
  const part = make("span", { className: "quiet" });
  function showPart([, , wide, tall]) {
    part.textContent = `${times(wide, tall)} → ${times(scale * wide, scale * tall)}`;
    squares.forEach((node) => press(node, wide === tall && node.textContent === String(wide)));
  }

  // --- dial, loupe, downloads -----------------------------------------------------------------------------------------------
  const dial = make("input", { type: "range", min: 0, max: 100, step: 1, value: 100 }), dialShown = make("output");
  dial.setAttribute("aria-label", "GAN weight in percent: 0 is SRResNet, 100 is SRGAN");
  dial.addEventListener("input", () => {
    dialShown.textContent = (+dial.value / 100).toFixed(2);
    adjust("dial", { gan_weight: +dial.value / 100 }, performance.now());
  });
  const ends = make("div", { className: "ends quiet" }, make("span", {}, make("b", { textContent: "0: SRResNet" }), make("br"), "true to the pixels, soft"),
    make("span", {}, make("b", { textContent: "1: SRGAN" }), make("br"), "sharp, with invented detail"));
  const views = makeViews();
  const loupeBar = make("div", { className: "bar" }, make("span", { textContent: "Loupe" }), ...views.zooms);
  loupeBar.setAttribute("role", "group");
  loupeBar.setAttribute("aria-label", "The loupe's magnification");
  let result = null;
  const download = button("Download part", "what is inside of the frame, enlarged with the dial as it is, as a PNG", () => {
    if (result) make("a", { href: result.src, download: "enlarged-part.png" }).click();
  }, "main");
  const time = make("span", { className: "quiet push", title: "the kernel's time for the enlarged pictures" });
  const whole = makeWhole({ ask, scale });

  // --- everything in its place ------------------------------------------------------------------------------------------------
  const key = (text) => make("kbd", { textContent: text });
  const help = make("p", { className: "note", id: `ganlab-sr-${kernel.name}` }, "Drag the frame or its corners, or click beside it; hold the mouse over an enlarged picture for the loupe. With the keyboard: arrow keys move the frame (",
    key("Shift"), " faster), ", key("["), " ", key("]"), " change its size, ", key("Home"), " brings it to the middle; arrow keys also move the divider and the loupe, ", key("Esc"), " puts the loupe away.");
  frame.canvas.setAttribute("aria-describedby", help.id);
  const stage = (kind, title, ...children) => make("div", { className: `stage ${kind}` }, make("div", { className: "title", textContent: title }), ...children);
  root.append(
    make("div", { className: "bar" }, ...pictures, pick, file, make("span", { className: "note", textContent: "or drop a file here" }), status, sizeField),
    make("div", { className: "desk" },
      stage("choose", "Choose a part", frame.canvas, make("div", { className: "bar" }, squaresBar), make("div", { className: "bar" }, part, time)),
      stage("wiped", "Before and after", views.compare),
      stage("tune", "Tune and save", field("GAN weight", dial, dialShown), ends, loupeBar, make("hr"), make("div", { className: "bar" }, download, whole.start), whole.row, make("div", { className: "bar" }, whole.said, whole.link),
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
  let turn = 0, shown = 0, begun = false;
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
  function receive() {
    const text = model.get("response");
    if (!text) return;
    const answer = JSON.parse(text), said = trouble.textContent, asked = kernel.answered(answer);
    if (answer.image) showAnswer(answer, asked);
    else if (!asked && !begun) ask({ action: "look" }); // this view begins in the middle of an upload or a download
    else if (!said.startsWith("The kernel")) trouble.textContent = said; // a sentence is not over because the page has asked how far something is
    if ("whole" in answer) whole.show(answer.whole);
    asked?.resolve(answer);
    kernel.pump();
  }
  function showAnswer(answer, asked) {
    begun = true;
    root.style.setProperty("--picture", String(answer.width / answer.height));
    trouble.textContent = answer.message;
    if (status.textContent) status.textContent = "";
    if (answer.ms !== null && !answer.message) time.textContent = `${answer.ms} ms`;
    pictures.forEach((node, index) => press(node, index === answer.sample));
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
  function receiveOriginal() { frame.picture.src = model.get("original"); }
  model.on("change:response", receive);
  model.on("change:original", receiveOriginal);
  receiveOriginal();
  receive();
  el.append(root);
  views.draw();
  return () => {
    for (const each of [kernel, frame, views, whole]) each.stop();
    model.off("change:response", receive);
    model.off("change:original", receiveOriginal);
  };
}

export default { render };
