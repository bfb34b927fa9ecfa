// Shortcuts are declared in the page, on the control they work:
//   data-key="n"            one or more keys, e.g. "Space", "Shift+ArrowLeft", "k ArrowUp"
//   data-key-name="Next"    what the sheet says (else aria-label, else the text)
//   data-key-event="x:y"    raise this event instead of pressing the control
// They never fire while somebody types, and can be switched off (WCAG 2.1.4).

const OFF = "keys-off";
const PRETTY = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]";
// What the browser itself does something with: Enter follows a link, Space does not.
const TAKES = { Enter: "a, button, summary, input, audio", Space: "button, summary, input, audio" };
const sheet = document.getElementById("keys");

const isOff = () => localStorage.getItem(OFF) === "1";

function chord(event) {
  const key = event.key === " " ? "Space" : event.key;
  const shifted = event.shiftKey && key.length > 1;
  return shifted ? `Shift+${key}` : key.length === 1 ? key.toLowerCase() : key;
}

function fits(element, pressed) {
  return element.dataset.key.split(" ").includes(pressed);
}

function reachable(element) {
  return element.dataset.keyEvent || (element.getClientRects().length && !element.disabled);
}

function work(element) {
  if (element.dataset.keyEvent) {
    element.dispatchEvent(new CustomEvent(element.dataset.keyEvent, { bubbles: true }));
  } else if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isOff() || event.target.closest(TYPING)) return;
  if (document.querySelector("dialog[open]")) return;
  const pressed = chord(event);
  if (pressed in TAKES && event.target.closest(TAKES[pressed])) return;
  if (event.target.closest("[role=slider], [type=range]") && pressed.includes("Arrow")) return;
  const element = [...document.querySelectorAll("[data-key]")].find(
    (one) => fits(one, pressed) && reachable(one),
  );
  if (!element) return;
  event.preventDefault();
  work(element);
});

function nameOf(element) {
  return element.dataset.keyName || element.getAttribute("aria-label") || element.textContent.trim();
}

function row(element) {
  const keys = document.createElement("dt");
  for (const key of element.dataset.key.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key.split("+").map((part) => PRETTY[part] || (part.length === 1 ? part.toUpperCase() : part)).join(" ");
    keys.append(cap, " ");
  }
  const does = document.createElement("dd");
  does.textContent = nameOf(element);
  return [keys, does];
}

function list() {
  const shown = [...document.querySelectorAll("[data-key]")].filter(
    (one) => one.dataset.keyEvent || one.getClientRects().length,
  );
  sheet.querySelector("[data-keys-list]").replaceChildren(...shown.flatMap(row));
}

if (sheet) {
  const toggle = sheet.querySelector("[data-keys-switch]");
  toggle.checked = !isOff();
  toggle.addEventListener("change", () => {
    if (toggle.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  document.addEventListener("keys:show", () => sheet.showModal());
  new MutationObserver(() => sheet.open && list()).observe(sheet, {
    attributeFilter: ["open"],
  });
}
