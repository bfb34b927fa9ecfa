// Moving through a list: 'rows:next' and 'rows:previous' carry the focus from one
// .row-link to the next. Enter opens it because it is a link.

function step(by) {
  const links = [...document.querySelectorAll("[data-rows] .row-link")];
  if (!links.length) return;
  const row = document.activeElement?.closest("[data-rows] tr");
  const here = row ? links.findIndex((link) => row.contains(link)) : -1;
  const next = here < 0 ? 0 : Math.min(Math.max(here + by, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
}

// Enter on a focused link is the browser's; here it starts the list when nothing is.
document.addEventListener("rows:open", () => step(0));
document.addEventListener("rows:next", () => step(1));
document.addEventListener("rows:previous", () => step(-1));

// A click anywhere on a row opens it, unless it was meant for something in it.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-rows] tbody tr");
  if (!row || event.target.closest("a, button, input, label, summary, details")) return;
  if (!getSelection().isCollapsed) return;
  row.querySelector(".row-link")?.click();
});
