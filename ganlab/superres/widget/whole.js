// The whole picture of SuperResolutionStudio, on its way.
const times = (width, height) => `${width} × ${height}`;

// The whole picture: begun and stopped here, asked after while it is on its way, and its file fetched in pieces. `say` has the last word on it.
function makeWhole({ ask, scale }) {
  const bar = make("progress", { max: 1, value: 0 }), said = make("div", { className: "note" }), link = make("a", { href: "#", hidden: true });
  aria(bar, { label: "How much of the whole picture is enlarged" });
  aria(said, { role: "status" });
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
