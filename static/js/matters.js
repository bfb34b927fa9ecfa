// Working through alerts by key: A, S and R act on the row that has the focus; when the
// list comes back the focus is on the same row, or on the one that took its place.

const ROW = "[data-rows] tr";
const sheet = document.getElementById("settle");
const form = sheet?.querySelector("form");
// Where control itself failed, cause and risk are written down too.
const ofControl = sheet?.querySelector("[data-of-control]");
let place = 0;
let act = null;

const links = () => [...document.querySelectorAll("#matters .row-link")];

function say(text) {
  document.dispatchEvent(new CustomEvent("say", { detail: { text } }));
}

function remember(row) {
  place = Math.max(links().findIndex((link) => row?.contains(link)), 0);
}

for (const name of ["acknowledge", "assign", "close"]) {
  document.addEventListener(`row:${name}`, () => {
    const words = document.getElementById("matters").dataset;
    const row = document.activeElement?.closest(ROW);
    if (!row) return say(words.nothing);
    const control = row.querySelector(`[data-act=${name}]`);
    if (control) control.click();
    else say(words.cannot);
  });
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-act]");
  if (!control) return;
  remember(control.closest(ROW));
  if (control.dataset.act !== "close") return;
  event.preventDefault();
  act = control.dataset;
  sheet.querySelector("[data-what]").textContent = act.what;
  form.reset();
  ofControl.hidden = ofControl.disabled = act.control === undefined;
  sheet.showModal();
  form.elements[ofControl.disabled ? "note" : "cause"].focus();
});

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = { note: form.elements.note.value };
  if (!ofControl.disabled) {
    values.cause = form.elements.cause.value;
    values.risk = form.elements.risk.value;
  }
  if (act.until) values.until = act.until;
  sheet.close();
  htmx.ajax("POST", act.close, {
    source: form, target: "#matters", select: "#matters", swap: "outerHTML", values,
  });
});

form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// What was pressed may have gone with its row.
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  if (elt.id !== "matters" || elt.contains(document.activeElement)) return;
  const now = links();
  (now[Math.min(place, now.length - 1)] || document.getElementById("page")).focus();
});
