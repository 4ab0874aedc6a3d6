// Page side of Studio: header, tabs, and the way of a picture from one tab to the next. Everything that passes is text.
const LIGHT = `--jp-layout-color0: #f6f5f1; --jp-layout-color1: #fff; --jp-layout-color2: #f1f1ee; --jp-layout-color3: #dcdcd8; --jp-border-color1: #8a8a86;
  --jp-border-color2: #dddcd6; --jp-ui-font-color1: #1c1c1c; --jp-ui-font-color2: #595959; --brand: #0072B2; --band: #12324a; color-scheme: light;`;
const DARK = `--jp-layout-color0: #14181c; --jp-layout-color1: #1d2328; --jp-layout-color2: #2a3138; --jp-layout-color3: #3b444c; --jp-border-color1: #7d8992;
  --jp-border-color2: #343d45; --jp-ui-font-color1: #eceff1; --jp-ui-font-color2: #b3bcc3; --brand: #56B4E9; --band: #0d2233; color-scheme: dark;`;
const CSS = `
.ganlab-app { ${LIGHT} --jp-ui-font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; container-type: inline-size; min-height: 100%;
  font: 16px/1.5 var(--jp-ui-font-family); color: var(--jp-ui-font-color1); background: var(--jp-layout-color0); }
@media (prefers-color-scheme: dark) { .ganlab-app:not([data-theme=light]) { ${DARK} } }
.ganlab-app[data-theme=dark] { ${DARK} }
.ganlab-app .inner { max-width: 1180px; margin: 0 auto; padding: 0 20px; box-sizing: border-box; }
.ganlab-app > header { background: var(--band); color: #fff; padding-top: 18px; }
.ganlab-app .top { display: flex; gap: 16px; align-items: flex-start; justify-content: space-between; }
.ganlab-app .top h1 { margin: 0; font-size: 26px; line-height: 1.2; font-weight: 700; letter-spacing: -.01em; color: inherit; }
.ganlab-app .top p { margin: 4px 0 14px; color: #d5e2ec; }
.ganlab-app .theme { font: inherit; font-size: 14px; padding: 5px 12px; border: 1px solid #ffffff80; border-radius: 99px; background: none; color: #fff; cursor: pointer; white-space: nowrap; }
.ganlab-app .tabs { display: flex; gap: 4px; }
.ganlab-app [role=tab] { font: inherit; font-weight: 600; padding: 9px 20px; border: 0; border-radius: 10px 10px 0 0; background: #ffffff1f; color: #fff; cursor: pointer; }
.ganlab-app [role=tab]:hover { background: #ffffff38; }
.ganlab-app [role=tab][aria-selected=true] { background: var(--jp-layout-color0); color: var(--jp-ui-font-color1); }
.ganlab-app [role=tab] i { display: none; width: 8px; height: 8px; margin-left: 8px; border-radius: 50%; background: #E69F00; vertical-align: middle; }
.ganlab-app [role=tab].news i { display: inline-block; }
.ganlab-app :is(button, a, [role=tabpanel]):focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.ganlab-app [role=tabpanel] { padding-top: 18px; padding-bottom: 24px; display: flex; flex-direction: column; gap: 14px; }
.ganlab-app [role=tabpanel][hidden] { display: none; }
.ganlab-app .does { margin: 0; font-size: 17px; max-width: 62em; text-wrap: pretty; }
.ganlab-app .choice, .ganlab-app .send { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.ganlab-app .choice button, .ganlab-app .send button { font: inherit; padding: 6px 14px; border-radius: 99px; border: 1px solid var(--jp-border-color1); background: var(--jp-layout-color1);
  color: inherit; cursor: pointer; }
.ganlab-app .choice button[aria-pressed=true] { border-color: #0072B2; background: #0072B2; color: #fff; }
.ganlab-app .send { padding: 10px 14px; border-radius: 10px; background: var(--jp-layout-color2); }
.ganlab-app .send button { border-color: #0072B2; background: #0072B2; color: #fff; font-weight: 600; }
.ganlab-app button:disabled { opacity: .5; cursor: default; }
.ganlab-app .place { min-height: 300px; min-width: 0; }
.ganlab-app .place[hidden] { display: none; }
.ganlab-app .place > * { margin: 0; width: auto; }
.ganlab-app .place :is(.ganlab-explorer, .ganlab-studio) { font-size: 15px; }
.ganlab-app .place .ganlab-explorer .stage > img { width: 384px; height: auto; aspect-ratio: 1; align-self: center; }
.ganlab-app .place .ganlab-explorer .panel { row-gap: 14px; }
.ganlab-app .wait { display: grid; place-items: center; min-height: 300px; border: 1px dashed var(--jp-border-color1); border-radius: 10px; color: var(--jp-ui-font-color2); }
.ganlab-app .cannot { margin: 0; padding: 10px 14px; border-left: 4px solid #E69F00; border-radius: 0 8px 8px 0; background: var(--jp-layout-color1); text-wrap: pretty; }
.ganlab-app .said { margin: 0; font-weight: 600; }
.ganlab-app :is(.said, .sorry):empty { display: none; }
.ganlab-app .sorry { margin: 14px auto 0; max-width: 1140px; padding: 8px 14px; border-left: 4px solid #D55E00; border-radius: 4px; background: #D55E0022; font-weight: 600; }
.ganlab-app > footer { padding: 14px 0 26px; color: var(--jp-ui-font-color2); font-size: 14px; }
.ganlab-app > footer p { margin: 0; max-width: 75em; }
@container (max-width: 560px) {
  .ganlab-app .inner { padding-left: 12px; padding-right: 12px; }
  .ganlab-app .top h1 { font-size: 21px; }
  .ganlab-app .top p { font-size: 14px; }
  .ganlab-app .theme { padding: 5px 10px; }
  .ganlab-app .tabs { gap: 3px; }
  .ganlab-app [role=tab] { flex: 1 1 auto; padding: 9px 4px; font-size: 15px; }
  .ganlab-app [role=tab] i { margin-left: 4px; }
  .ganlab-app .does { font-size: 16px; }
  .ganlab-app .send span { flex: 1 1 100%; }
}`;
const PATIENCE = 25_000, PULSE = 20_000; // milliseconds: until silence is remarked upon; between two signs of life
const SILENCE = "The studio does not answer. If this stays so, reload the page: it then begins anew, and your pictures are gone.";

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function render({ model, el }) {
  const { tabs } = JSON.parse(model.get("settings"));
  const root = make("div", { className: "ganlab-app" }, make("style", { textContent: CSS }));
  root.dataset.lmSuppressShortcuts = "true"; // arrow keys are the tabs' here, not JupyterLab's

  // --- asking the kernel: one question at a time ------------------------------------------------------------------
  let number = Date.now() * 1000 + Math.floor(Math.random() * 1000), open = null, timer = null;
  const waiting = [];
  const sorry = make("p", { className: "sorry" });
  sorry.setAttribute("role", "alert");
  const ask = (wish) => new Promise((resolve) => { waiting.push({ wish, resolve }); pump(); });
  function pump() {
    if (open !== null || waiting.length === 0) return;
    open = { id: ++number, ...waiting.shift() };
    root.dataset.asking = "true";
    model.set("request", JSON.stringify({ id: open.id, ...open.wish }));
    model.save_changes();
    clearTimeout(timer);
    timer = setTimeout(() => { sorry.textContent = SILENCE; }, PATIENCE);
  }
  function receive() {
    const answer = JSON.parse(model.get("response") || "{}");
    if (open === null || answer.id !== open.id) return;
    const { resolve } = open;
    clearTimeout(timer);
    open = null;
    root.dataset.asking = "false";
    sorry.textContent = answer.message ?? "";
    resolve(answer);
    pump();
  }

  // --- header -----------------------------------------------------------------------------------------------------
  const theme = make("button", { className: "theme", type: "button" });
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.title = isDark() ? "light colours" : "dark colours"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  system.addEventListener("change", nameTheme);
  nameTheme();
  const list = make("div", { className: "tabs inner" });
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "What to do");
  const title = make("div", {}, make("h1", { textContent: "Learn GANs by doing: the studio" }),
    make("p", { textContent: "Four networks that make and change pictures. Try them; no code, no account." }));
  root.append(make("header", {}, make("div", { className: "inner top" }, title, theme), list), sorry);

  // --- tabs and panes ---------------------------------------------------------------------------------------------
  const parts = {}, places = {}; // by the name of a tab, of a pane
  const main = make("main");
  for (const tab of tabs) {
    const part = { tab, current: tab.panes[0].name, choices: {}, sends: [] };
    part.button = make("button", { type: "button", id: `ganlab-tab-${tab.name}` }, tab.title, make("i"));
    part.button.setAttribute("role", "tab");
    part.button.setAttribute("aria-controls", `ganlab-panel-${tab.name}`);
    part.button.addEventListener("click", () => select(tab.name));
    part.panel = make("section", { className: "inner", id: `ganlab-panel-${tab.name}`, tabIndex: -1 });
    part.panel.setAttribute("role", "tabpanel");
    part.panel.setAttribute("aria-labelledby", part.button.id);
    part.said = make("p", { className: "said" });
    part.said.setAttribute("role", "status");
    part.panel.append(make("p", { className: "does", textContent: tab.does }));
    if (tab.panes.length > 1) {
      const choice = make("div", { className: "choice" }, make("span", { textContent: "Network for" }));
      for (const pane of tab.panes) {
        part.choices[pane.name] = make("button", { type: "button", textContent: pane.label.toLowerCase() });
        part.choices[pane.name].addEventListener("click", () => { part.said.textContent = ""; show(tab.name, pane.name); });
        choice.append(part.choices[pane.name]);
      }
      part.panel.append(choice);
    }
    part.panel.append(part.said);
    for (const pane of tab.panes) part.panel.append(places[pane.name] = make("div", { className: "place" }));
    const send = make("div", { className: "send" }, make("span", { textContent: "Take this result further:" }));
    for (const goal of tab.goesTo) {
      const button = make("button", { type: "button", textContent: `${tabs.find((t) => t.name === goal).send} →` });
      button.addEventListener("click", () => pass(part, goal));
      part.sends.push(button);
      send.append(button);
    }
    part.panel.append(send, make("p", { className: "cannot" }, make("b", { textContent: "What it cannot do. " }), tab.cannot));
    list.append(part.button);
    main.append(part.panel);
    parts[tab.name] = part;
  }
  root.append(main, make("footer", {}, make("div", { className: "inner" }, make("p", {
    textContent: "The networks are small, were trained on ordinary computers, and run on the one that serves this page. Your pictures stay in its memory until you close the page; "
      + "none is saved or sent on. Only use pictures that you may use, and photographs of people only if they agree." }))));
  list.addEventListener("keydown", (event) => {
    const names = tabs.map((tab) => tab.name), at = names.findIndex((name) => parts[name].button === event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const name = names.at(to % names.length);
    parts[name].button.focus();
    select(name);
  });

  function mark(name) {
    for (const [other, part] of Object.entries(parts)) {
      part.button.setAttribute("aria-selected", String(other === name));
      part.button.tabIndex = other === name ? 0 : -1;
      part.panel.hidden = other !== name;
    }
    parts[name].button.classList.remove("news");
    for (const [pane, button] of Object.entries(parts[name].choices)) button.setAttribute("aria-pressed", String(pane === parts[name].current));
    for (const pane of parts[name].tab.panes) places[pane.name].hidden = pane.name !== parts[name].current;
  }
  function select(name) { mark(name); return show(name, parts[name].current); }
  async function show(name, pane) {
    parts[name].current = pane;
    mark(name);
    if (places[pane].hasChildNodes()) return;
    places[pane].append(make("div", { className: "wait", textContent: "The studio is being set up …" }));
    const answer = await ask({ action: "open", pane });
    if (answer.model) await embed(pane, answer.model); else places[pane].replaceChildren();
  }
  async function embed(pane, id) { // a widget of its own, drawn into our page
    if (places[pane].dataset.model === id) return;
    places[pane].dataset.model = id;
    const view = await model.widget_manager.create_view(await model.widget_manager.get_model(id));
    places[pane].replaceChildren(view.el);
  }
  async function pass(part, goal) {
    for (const button of part.sends) button.disabled = true;
    const answer = await ask({ action: "send", from: part.current, to: goal });
    for (const button of part.sends) button.disabled = false;
    if (!answer.model) return;
    parts[goal].current = answer.pane;
    mark(goal);
    await embed(answer.pane, answer.model);
    parts[goal].said.textContent = answer.news;
    parts[goal].panel.focus({ preventScroll: true });
    root.scrollIntoView({ block: "start" });
  }

  // --- life -------------------------------------------------------------------------------------------------------
  // A page that is looked at says so from time to time: a server may end what nobody has used for long.
  const pulse = setInterval(() => { if (!document.hidden && open === null) ask({ action: "alive" }); }, PULSE);
  model.on("change:response", receive);
  const first = JSON.parse(model.get("response") || "{}");
  mark("generate");
  el.append(root);
  if (first.id === 0 && first.model) embed("generate", first.model); else show("generate", "generate");
  return () => { clearInterval(pulse); clearTimeout(timer); system.removeEventListener("change", nameTheme); model.off("change:response", receive); };
}

export default { render };
