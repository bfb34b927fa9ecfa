// Starts the player of the page, also when htmx brings it later; and lets the timeline
// jump within it instead of loading the page anew.

import { Player } from "./player.js";

// The nonce of the page: wavesurfer's own style needs it (Content-Security-Policy).
const { nonce } = document.getElementById("player-script");
let player = null;
let carried = null;

function start() {
  const root = document.querySelector("[data-player]:not([data-started])");
  if (!root) return;
  root.dataset.started = "";
  for (const part of root.querySelectorAll("[data-needs-script]")) part.hidden = false;
  const config = JSON.parse(root.dataset.config);
  player = new Player(root, config, nonce);
  if (carried) player.follow(carried);
  carried = null;
}

// The next part comes in place of this one, so that a call plays from end to end.
document.addEventListener("player:next", async ({ detail }) => {
  carried = detail;
  const hadFocus = document.activeElement?.closest("#sound");
  const swap = { target: "#sound", select: "#sound", swap: "outerHTML" };
  await window.htmx.ajax("GET", detail.next, swap);
  history.replaceState(history.state, "", detail.next);
  if (hadFocus) document.querySelector("[data-play-button]")?.focus();
});

document.addEventListener("click", (event) => {
  const jump = event.target.closest("a[data-seek]");
  if (!jump || !player || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (Number(jump.dataset.part) !== player.config.part) return;
  event.preventDefault();
  player.seek(Number(jump.dataset.seek));
});

document.addEventListener("htmx:afterSettle", start);
start();
