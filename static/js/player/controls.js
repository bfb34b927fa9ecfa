// Buttons, slider, typed time: what people press, turned into calls on the player.

import { format, parse } from "./time.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
const STEP_MS = 5000;
const PAGE_MS = 10000;

export class Controls {
  #speed = SPEEDS.indexOf(1);
  #typing = false;

  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.words = root.dataset;
    const find = (name) => root.querySelector(`[data-${name}]`);
    this.play = find("play-button");
    this.time = find("time");
    this.slide = find("slide");
    this.hover = find("hover");
    this.output = find("speed");
    this.play.addEventListener("click", () => player.toggle());
    this.#buttons();
    this.#typedTime();
    this.#slider();
  }

  // Tell where we are; called on every step of the clock.
  show(ms) {
    const at = format(ms);
    if (!this.#typing) this.time.value = at;
    this.slide.setAttribute("aria-valuenow", Math.round(ms));
    const whole = format(this.player.length);
    this.slide.setAttribute(
      "aria-valuetext",
      this.words.of.replace("%(at)s", at).replace("%(whole)s", whole),
    );
  }

  state({ isPlaying, isBusy }) {
    this.root.toggleAttribute("data-playing", isPlaying);
    this.play.querySelector("[data-play-word]").textContent = isPlaying
      ? this.words.pause
      : this.words.play;
    this.play.setAttribute("aria-busy", String(isBusy));
  }

  // How it is heard; the next part of a call is heard in the same way.
  get settings() {
    const pressed = this.root.querySelector("[data-mix][aria-pressed=true]");
    const silence = this.player.skipsSilence;
    return { speed: this.#speed, mix: pressed?.dataset.mix, silence };
  }

  adopt({ speed, mix, silence }) {
    this.#step(speed - this.#speed);
    if (mix) this.#mix(this.root.querySelector(`[data-mix="${mix}"]`), mix);
    const button = this.root.querySelector("[data-silence]");
    if (silence && !button.disabled) button.click();
  }

  withoutSides(why) {
    for (const button of this.root.querySelectorAll("[data-mix]")) {
      button.disabled = true;
      button.title = why;
    }
  }

  #buttons() {
    const { player } = this;
    this.root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { skip, faster, mix, seek } = button.dataset;
      if (skip) player.seek(player.at + Number(skip) * 1000);
      if (seek) player.seek(Number(seek));
      if (faster) this.#step(Number(faster));
      if (mix) this.#mix(button, mix);
      if ("silence" in button.dataset) {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        player.skipsSilence = on;
      }
      if ("copy" in button.dataset) player.copyLink();
      // After a mouse, Space plays again instead of pressing this once more.
      if (event.detail && button !== this.play) button.blur();
    });
  }

  #step(by) {
    this.#speed = Math.min(Math.max(this.#speed + by, 0), SPEEDS.length - 1);
    const speed = SPEEDS[this.#speed];
    this.output.textContent = `${speed}×`;
    this.player.speed = speed;
  }

  #mix(button, name) {
    for (const one of this.root.querySelectorAll("[data-mix]")) {
      one.setAttribute("aria-pressed", String(one === button));
    }
    this.player.mix(name);
  }

  #typedTime() {
    const { time, player } = this;
    time.addEventListener("focus", () => (this.#typing = true));
    time.addEventListener("blur", () => {
      this.#typing = false;
      this.show(player.at);
    });
    time.addEventListener("keydown", (event) => {
      if (event.key === "Escape") time.blur();
      if (event.key !== "Enter") return;
      event.preventDefault(); // or it would press the button that gets the focus
      const ms = parse(time.value);
      time.setAttribute("aria-invalid", String(ms === null));
      if (ms === null) return;
      player.seek(ms);
      time.blur();
      this.play.focus();
    });
  }

  #slider() {
    const { slide, player, hover } = this;
    const at = (event) => {
      const box = slide.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      return share * player.length;
    };
    slide.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      slide.setPointerCapture(event.pointerId);
      player.seek(at(event));
    });
    slide.addEventListener("pointermove", (event) => {
      const ms = at(event);
      if (slide.hasPointerCapture(event.pointerId)) player.seek(ms);
      hover.hidden = false;
      hover.textContent = format(ms);
      hover.style.left = `${(ms / player.length) * 100}%`;
    });
    slide.addEventListener("pointerleave", () => (hover.hidden = true));
    slide.addEventListener("keydown", (event) => {
      const steps = {
        ArrowRight: STEP_MS, ArrowUp: STEP_MS, ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS,
        PageUp: PAGE_MS, PageDown: -PAGE_MS, Home: -Infinity, End: Infinity,
      };
      if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const step = event.shiftKey ? Math.sign(steps[event.key]) * 1000 : steps[event.key];
      player.seek(player.at + step);
    });
  }
}
