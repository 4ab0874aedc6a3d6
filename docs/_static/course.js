// What scrolls sideways can be reached and scrolled with the keyboard too, and says what it is.
function makeScrollable() {
  const boxes = document.querySelectorAll("pre, .table-wrapper, div.math, mjx-container[display='true']");
  for (const box of boxes) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls && !box.hasAttribute("tabindex")) {
      box.tabIndex = 0;
      if (box.tagName !== "MJX-CONTAINER") {
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", box.tagName === "PRE" ? "code or output, scrolls sideways" : "scrolls sideways");
      }
    }
  }
}
window.addEventListener("load", () => {
  makeScrollable();
  window.MathJax?.startup?.promise?.then(makeScrollable);
});
window.addEventListener("resize", makeScrollable);
document.addEventListener("toggle", makeScrollable, true);
