"use strict";
// The page is complete without this: it filters findings, sorts tables, and opens what is printed.
const filter = document.getElementById("filter");
const found = [...document.querySelectorAll(".finding")];

function show() {
  const words = document.getElementById("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = new Set([...filter.querySelectorAll("input:checked")].map((box) => box.value));
  let shown = 0;
  for (const finding of found) {
    const text = finding.textContent.toLowerCase();
    const fits = wanted.has(finding.dataset.severity) && words.every((word) => text.includes(word));
    finding.hidden = !fits;
    shown += fits;
  }
  document.getElementById("shown").textContent = `${shown} of ${found.length}`;
  const filtered = words.length > 0;
  if (filtered) document.querySelectorAll("details.state").forEach((group) => { group.open = true; });
}

if (filter && found.length > 1) {
  filter.hidden = false;
  filter.addEventListener("input", show);
  show();
}

function key(cell) {
  const text = cell.dataset.sort ?? cell.textContent.trim();
  const number = Number(text.split(/[/\s]/, 1)[0]);
  return Number.isNaN(number) || text === "" ? text.toLowerCase() : number;
}

function sort(table, column, descending) {
  const rows = [...table.tBodies[0].rows];
  const keys = new Map(rows.map((row) => [row, key(row.cells[column])]));
  rows.sort((one, two) => {
    const [a, b] = [keys.get(one), keys.get(two)];
    const order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
    return descending ? -order : order;
  });
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(table, column, descending);
    });
  });
}

// A link into what is folded opens it.
function open() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (target) target.scrollIntoView();
}
addEventListener("hashchange", open);
open();

addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not([open])")) { part.open = true; part.dataset.was = ""; }
});
addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("details[data-was]")) { part.open = false; delete part.dataset.was; }
});
