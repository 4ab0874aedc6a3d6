// Files chosen or dropped, on their way to the kernel in pieces.
const PIECE = 1 << 20; // bytes of a file in one message: Jupyter's connection breaks at 10 MB, and others earlier

function readBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
const fileInput = (label) => aria(make("input", { type: "file", accept: "image/*", tabIndex: -1 }), { label });
const fileLimit = (maxBytes) => `PNG, JPEG, WebP and others, at most ${maxBytes / 1e6} MB; it goes to your kernel only`;

// Pieces are sent one after the other; what is wrong with a file is said in `trouble`.
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

// The row above a studio: samples, a file of one's own, and what a studio adds. Samples are [{name, title, url}].
function makeSources({ shell, samples, maxBytes, choose, send, more = [] }) {
  const { root, trouble, status } = shell, file = fileInput("picture of your own");
  const pick = button("Upload…", `a picture of your own: ${fileLimit(maxBytes)}`, () => file.click());
  const pictures = samples.map((sample, index) => sampleButton(sample, () => choose(index)));
  takeFiles({ root, file, pick, trouble, status, maxBytes, send });
  const node = make("div", { className: "bar" }, ...pictures, pick, file, make("span", { className: "note", textContent: "or drop a file here" }), ...more);
  return { node, chosen: (number) => pictures.forEach((picture, index) => press(picture, index === number)) };
}
function sampleButton({ name, title = name, url }, click) {
  const node = button("", title, click, "sample");
  node.append(make("img", { src: url, alt: name }));
  return node;
}
