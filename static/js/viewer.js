// What the browser knows of its viewer: the time zone, and light or dark.
// Both travel as cookies, so that the server renders the page right at once.

const YEAR = 31536000;

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie =
    `${name}=${value}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
}

remember("zone", Intl.DateTimeFormat().resolvedOptions().timeZone || "");

const root = document.documentElement;
const choices = document.querySelectorAll("[data-theme-choice]");

function show(theme) {
  if (theme) root.dataset.bsTheme = theme;
  else delete root.dataset.bsTheme;
  for (const button of choices) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

for (const button of choices) {
  button.addEventListener("click", () => {
    remember("theme", button.dataset.themeChoice);
    show(button.dataset.themeChoice);
  });
}

show(root.dataset.bsTheme || "");
root.classList.add("scripted");
for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
