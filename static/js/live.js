// What the page says while it works. Anything may raise `say` with {text, tone};
// a response can do so with the header HX-Trigger.

const region = document.getElementById("live");
const toasts = document.getElementById("toasts");
const STAYS_MS = 8000;

function announce(text) {
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

function note(text, tone, link) {
  const box = document.createElement("div");
  box.className = `note note-${tone || "plain"}`;
  const words = document.createElement("p");
  words.textContent = text;
  if (link) words.append(" ", link);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-bare";
  close.textContent = toasts.dataset.close;
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  toasts.append(box);
  // What went wrong stays until it is closed.
  if (tone !== "red") setTimeout(() => box.remove(), STAYS_MS);
}

document.addEventListener("say", ({ detail }) => {
  announce(detail.text);
  note(detail.text, detail.tone);
});

function say(text, tone) {
  document.dispatchEvent(new CustomEvent("say", { detail: { text, tone } }));
}

// The session has to be checked with the identity provider: in another tab, so that
// nothing on this page is lost. Said once, however often the page asks.
let confirm = null;

document.addEventListener("sign-in", ({ detail: { url } }) => {
  if (confirm?.isConnected) return;
  confirm = document.createElement("a");
  Object.assign(confirm, { href: url, target: "_blank", rel: "noopener" });
  confirm.textContent = toasts.dataset.confirm;
  confirm.addEventListener("click", () => confirm.closest(".note").remove());
  announce(toasts.dataset.check);
  note(toasts.dataset.check, "red", confirm);
});

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const url = xhr.getResponseHeader("X-Sign-In");
  if (url) return document.dispatchEvent(new CustomEvent("sign-in", { detail: { url } }));
  const words = { 401: "signedOut", 403: "refused" }[xhr.status] || "failed";
  const id = xhr.getResponseHeader("X-Request-ID");
  say(toasts.dataset[words] + (id ? ` ${toasts.dataset.request} ${id}` : ""), "red");
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => say(toasts.dataset.unreachable, "red"));
}

// A swapped part may carry the sentence that readers should hear.
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  const words = elt.matches?.("[data-announce]") ? elt : elt.querySelector?.("[data-announce]");
  if (words) announce(words.dataset.announce || words.textContent.trim());
});
