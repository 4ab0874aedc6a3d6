// What scrolls sideways can be reached and scrolled with the keyboard too, and says what it is.
function makeScrollable() {
  for (const box of document.querySelectorAll("pre, .table-wrapper, div.math")) {
    if (box.scrollWidth > box.clientWidth && !box.hasAttribute("tabindex")) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.tagName === "PRE" ? "code or output, scrolls sideways" : "scrolls sideways");
    }
  }
}
window.addEventListener("load", () => {
  makeScrollable();
  window.MathJax?.startup?.promise?.then(() => document.fonts.ready).then(makeScrollable);
  // The theme's two side columns are landmarks of the same name.
  document.querySelector("aside.sidebar-drawer")?.setAttribute("aria-label", "All pages");
  document.querySelector("aside.toc-drawer")?.setAttribute("aria-label", "This page");
});
window.addEventListener("resize", makeScrollable);
document.addEventListener("toggle", makeScrollable, true);
