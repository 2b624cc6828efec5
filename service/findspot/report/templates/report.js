// The page is complete without this: it adds sorting, opens the finding that a link names, and opens all for print.
"use strict";

function key(row, column) {
  const value = row.cells[column].dataset.v;
  const number = Number(value);
  return value !== "" && Number.isFinite(number) ? number : value;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}

function makeSortable(table) {
  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const up = header.getAttribute("aria-sort") !== "ascending";
      const rows = Array.from(table.tBodies[0].rows);
      rows.sort((a, b) => compare(key(a, header.cellIndex), key(b, header.cellIndex)) * (up ? 1 : -1));
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", up ? "ascending" : "descending");
      table.tBodies[0].append(...rows);
    });
  }
}

function openNamed() {
  const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const details = named && named.querySelector("details");
  if (details) details.open = true;
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
window.addEventListener("hashchange", openNamed);
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
});
openNamed();
