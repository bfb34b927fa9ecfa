// The board of live calls: lengths go on by the second between two answers of the
// server, and when it stops answering the page says so instead of a note every time.

const stale = document.getElementById("stale");
const board = () => document.getElementById("board");
let drawn = performance.now();
let answered = new Date();

function length(ms) {
  const seconds = Math.round(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

setInterval(() => {
  const passed = performance.now() - drawn;
  for (const cell of board().querySelectorAll("[data-ms]")) {
    cell.textContent = length(Number(cell.dataset.ms) + passed);
  }
}, 1000);

document.addEventListener("htmx:afterSwap", ({ detail: { elt } }) => {
  if (elt.id === "board") drawn = performance.now();
});

document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches?.("[data-board]") || !detail.successful) return;
  answered = new Date();
  stale.hidden = true;
});

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.body.addEventListener(name, (event) => {
    const status = event.detail.xhr?.status;
    if (!event.target.matches?.("[data-board]") || status === 401 || status === 403) return;
    event.stopPropagation();
    stale.querySelector("[data-since]").textContent = answered.toLocaleTimeString();
    stale.hidden = false;
  });
}
