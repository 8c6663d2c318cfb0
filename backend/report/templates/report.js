"use strict";
// A cell of the matrix leads to its pictures: open them, whether it was clicked or the address names them.
const openTarget = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView({ block: "nearest" });
  }
};
addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("a[href^='#cell']")) setTimeout(openTarget);
});
openTarget();

// Mistakes of one channel at a time.
const filter = document.getElementById("filter");
if (filter) {
  filter.hidden = false;
  filter.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button");
    if (!button) return;
    for (const other of filter.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    const { channel } = button.dataset;
    for (const one of document.querySelectorAll(".mistake")) {
      one.hidden = channel !== "" && one.dataset.true !== channel && one.dataset.predicted !== channel;
    }
  });
}

// All tables at once, for reading or for paper.
const tables = document.getElementById("tables");
if (tables) {
  tables.hidden = false;
  tables.addEventListener("click", () => {
    const open = tables.getAttribute("aria-pressed") !== "true";
    tables.setAttribute("aria-pressed", String(open));
    for (const one of document.querySelectorAll("details.table")) one.open = open;
  });
}
