// The Studio's page: header, tabs, and the way of a picture from one tab to the next.
const PATIENCE = 25_000, PULSE = 20_000; // milliseconds: until silence is remarked upon; between two signs of life
const SILENCE = "The studio does not answer. If this stays so, reload the page: it then begins anew, and your pictures are gone.";

function render({ model, el }) {
  const { tabs } = JSON.parse(model.get("settings"));
  const root = make("div", { className: "ganlab-app" }), sorry = aria(make("p", { className: "sorry" }), { role: "alert" });
  const kernel = talk({ model, root, trouble: sorry, sign: null, patience: PATIENCE, silence: SILENCE, stopped: SILENCE }), { ask } = kernel;

  // --- header -----------------------------------------------------------------------------------------------------
  const theme = make("button", { className: "theme", type: "button" });
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.title = isDark() ? "light colours" : "dark colours"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  system.addEventListener("change", nameTheme);
  nameTheme();
  const list = make("div", { className: "tabs inner" });
  aria(list, { role: "tablist", label: "What to do" });
  const title = make("div", {}, make("h1", { textContent: "Learn GANs by doing: the studio" }),
    make("p", { textContent: "Four networks that make and change pictures. Try them; no code, no account." }));
  root.append(make("header", {}, make("div", { className: "inner top" }, title, theme), list), sorry);

  // --- tabs and panes ---------------------------------------------------------------------------------------------
  const parts = {}, places = {}; // by the name of a tab, of a pane
  const main = make("main");
  for (const tab of tabs) {
    const part = { tab, current: tab.panes[0].name, choices: {}, sends: [] };
    part.button = make("button", { type: "button", id: `ganlab-tab-${tab.name}` }, tab.title, make("i"));
    aria(part.button, { role: "tab", controls: `ganlab-panel-${tab.name}` });
    part.button.addEventListener("click", () => select(tab.name));
    part.panel = make("section", { className: "inner", id: `ganlab-panel-${tab.name}`, tabIndex: -1 });
    aria(part.panel, { role: "tabpanel", labelledby: part.button.id });
    part.said = aria(make("p", { className: "said" }), { role: "status" });
    part.panel.append(make("p", { className: "does", textContent: tab.does }));
    if (tab.panes.length > 1) {
      const choice = make("div", { className: "choice" }, make("span", { textContent: "Network for" }));
      for (const pane of tab.panes) {
        part.choices[pane.name] = button(pane.label.toLowerCase(), "", () => { part.said.textContent = ""; show(tab.name, pane.name); });
        choice.append(part.choices[pane.name]);
      }
      part.panel.append(choice);
    }
    part.panel.append(part.said);
    for (const pane of tab.panes) part.panel.append(places[pane.name] = make("div", { className: "place" }));
    const send = make("div", { className: "send" }, make("span", { textContent: "Take this result further:" }));
    for (const goal of tab.goesTo) {
      part.sends.push(button(`${tabs.find((t) => t.name === goal).send} →`, "", () => pass(part, goal)));
      send.append(part.sends.at(-1));
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
      aria(part.button, { selected: other === name });
      part.button.tabIndex = other === name ? 0 : -1;
      part.panel.hidden = other !== name;
    }
    parts[name].button.classList.remove("news");
    for (const [pane, button] of Object.entries(parts[name].choices)) press(button, pane === parts[name].current);
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
  const pulse = setInterval(() => { if (!document.hidden && !kernel.asking()) ask({ action: "alive" }); }, PULSE);
  const first = JSON.parse(model.get("response") || "{}");
  mark("generate");
  kernel.begin();
  el.append(root);
  if (first.id === 0 && first.model) embed("generate", first.model); else show("generate", "generate");
  return () => { clearInterval(pulse); kernel.stop(); system.removeEventListener("change", nameTheme); };
}

export default { render };
