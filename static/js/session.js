// The session of this page: what the page asks by itself is marked as passive, somebody
// is warned two minutes before the end, and what was written and where the recording
// stood is put back after signing in again, in this tab and for the same person.

const WARN_S = 120;
const KEPT = "left-off";
const sheet = document.getElementById("session");
const { url, login, logout, person, csrf } = sheet.dataset;
const count = sheet.querySelector("[data-left]");
let timer = null;
let until = 0;

async function ask(method) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf };
  if (method === "GET") headers["X-Passive"] = "1";
  const response = await fetch(url, { method, headers, redirect: "manual" });
  return response.ok ? response.json() : null;
}

function wait(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(seconds, 1) * 1000);
}

// Other tabs may have been busy meanwhile: the server knows.
async function look(method = "GET") {
  let told;
  try {
    told = await ask(method);
  } catch {
    return wait(10);
  }
  if (!told) return leave();
  until = performance.now() + told.left * 1000;
  if (told.left > WARN_S) {
    sheet.close();
    return wait(told.left - WARN_S + 1);
  }
  warn(told.may_stay);
}

function warn(mayStay) {
  for (const part of sheet.querySelectorAll("[data-may-stay]")) part.hidden = !mayStay;
  for (const part of sheet.querySelectorAll("[data-last]")) part.hidden = mayStay;
  if (!sheet.open) sheet.showModal();
  tick();
}

function tick() {
  if (!sheet.open) return;
  const left = Math.ceil((until - performance.now()) / 1000);
  count.textContent = `${Math.floor(Math.max(left, 0) / 60)}:${String(Math.max(left, 0) % 60).padStart(2, "0")}`;
  // now and then: somebody may have gone on in another tab, or plays here
  if (left <= 0 || left % 15 === 0) return wait(1);
  clearTimeout(timer);
  timer = setTimeout(tick, 1000);
}

const fields = () => [...document.querySelectorAll("form textarea, form input[type=text]:not([readonly])")];
const nameOf = (field) => `${field.form.getAttribute("action") || ""} ${field.name}`;

function leave() {
  const texts = fields()
    .filter((field) => field.name && field.value && field.value !== field.defaultValue)
    .map((field) => [nameOf(field), field.value]);
  const audio = document.querySelector("[data-audio]");
  const position = audio?.src ? audio.currentTime : 0;
  sessionStorage.setItem(KEPT, JSON.stringify({ person, path: location.pathname, texts, position }));
  const back = new URL(location.href);
  if (position) {
    const { part } = JSON.parse(document.querySelector("[data-player]").dataset.config);
    back.searchParams.set("part", part);
    back.searchParams.set("t", clock(position));
  }
  location.assign(`${login}?${new URLSearchParams({ next: back.pathname + back.search })}`);
}

// The door lets in only who is out.
async function again() {
  await fetch(logout, { method: "POST", headers: { "X-CSRFToken": csrf }, redirect: "manual" });
  leave();
}

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function putBack() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  if (!kept) return;
  if (kept.person !== person || kept.path === location.pathname) sessionStorage.removeItem(KEPT);
  if (kept.person !== person || kept.path !== location.pathname) return;
  const texts = new Map(kept.texts);
  for (const field of fields()) {
    if (!texts.has(nameOf(field))) continue;
    field.value = texts.get(nameOf(field));
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
  if (!texts.size) return;
  document.dispatchEvent(new CustomEvent("say", { detail: { text: sheet.dataset.putBack } }));
}

// Nobody pressed anything: the page asks by itself.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb === "get" && !detail.triggeringEvent) detail.headers["X-Passive"] = "1";
});
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  // with this header the session only has to be checked in another tab (js/live.js)
  if (xhr.status === 401 && !xhr.getResponseHeader("X-Sign-In")) leave();
});
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-signs-out]")) sessionStorage.clear();
});
sheet.querySelector("[data-stay]").addEventListener("click", () => look("POST"));
sheet.querySelector("[data-again]").addEventListener("click", again);
document.addEventListener("visibilitychange", () => !document.hidden && look());
putBack();
wait(Number(sheet.dataset.left) - WARN_S + 1);
