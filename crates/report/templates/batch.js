"use strict";
// Sorts the songs by any column, and hides those that are not looked for. Without it the table stands by best fit.
const table = document.getElementById("songs");
const body = table.tBodies[0];
const headings = [...table.tHead.rows[0].cells];
const chosen = headings.findIndex((heading) => heading.classList.contains("chosen"));
const form = document.querySelector(".controls");
const text = document.getElementById("text");
const list = document.getElementById("list");
const count = document.getElementById("count");
// A song counts as one for a list that is among so many of its best.
const BEST = 5;
const rows = [...body.rows].map((row) => ({
  row,
  fits: row.dataset.fits.split(" ").map((fit) => Number(fit.replace("−", "-"))),
  words: (row.cells[0].textContent + " " + row.dataset.file).toLowerCase(),
}));

// A number where the cell has one, else its text; what is not known comes last both ways.
function value(row, column) {
  const cell = row.cells[column];
  const known = cell.dataset.value;
  if (known === undefined) return cell.textContent.trim().toLowerCase();
  return known === "" ? null : Number(known);
}

function sort(column, direction) {
  headings.forEach((heading) => heading.removeAttribute("aria-sort"));
  headings[column].setAttribute("aria-sort", direction);
  const sign = direction === "ascending" ? 1 : -1;
  const words = new Intl.Collator(undefined, { numeric: true });
  rows.forEach((entry) => { entry.key = value(entry.row, column); });
  rows.sort((one, other) => {
    if (one.key === null || other.key === null) return (one.key === null) - (other.key === null);
    if (typeof one.key === "string") return sign * words.compare(one.key, other.key);
    return sign * (one.key - other.key);
  });
  body.append(...rows.map((entry) => entry.row));
}

function isAmongBest(fits, place) {
  return fits.filter((fit) => fit > fits[place]).length < BEST;
}

function choose() {
  const place = list.value === "" ? null : Number(list.value);
  const heading = headings[chosen];
  heading.hidden = place === null;
  heading.firstElementChild.textContent = list.selectedOptions[0].textContent;
  rows.forEach(({ row, fits }) => {
    const cell = row.cells[chosen];
    cell.hidden = place === null;
    if (place === null) return;
    cell.dataset.value = fits[place];
    cell.textContent = (fits[place] < 10 ? "<1" : Math.round(fits[place] / 10)) + "\u202f%";
  });
  sort(place === null ? chosen - 1 : chosen, "descending");
  show();
}

function show() {
  const place = list.value === "" ? null : Number(list.value);
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((entry) => {
    const isShown = words.every((word) => entry.words.includes(word))
      && (place === null || isAmongBest(entry.fits, place));
    entry.row.hidden = !isShown;
    shown += isShown;
  });
  count.textContent = `${shown} of ${rows.length} shown${place === null ? "" : `: this list is among their best ${BEST}`}`;
}

headings.forEach((heading, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const first = heading.dataset.first ?? "descending";
    const other = first === "ascending" ? "descending" : "ascending";
    sort(column, heading.getAttribute("aria-sort") === first ? other : first);
  });
});
form.addEventListener("submit", (event) => event.preventDefault());
text.addEventListener("input", show);
list.addEventListener("change", choose);
form.hidden = false;
show();
