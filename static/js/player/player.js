// One part of a call, ready to be heard. No link and no sound until somebody presses play
// and has said what for; then a sitting, renewed quietly, and reports of what was heard.

import { Ask } from "./ask.js";
import { Controls } from "./controls.js";
import { Heard, merge } from "./heard.js";
import { Refused, SignedOut, Sitting } from "./sitting.js";
import { Sound } from "./sound.js";
import { format } from "./time.js";
import { Wave } from "./wave.js";

const PIN_PX = 25;
const NOT_MADE = 409;
const REPORT_EVERY_MS = 10000;
const RENEWS_AT_MOST_EVERY_MS = 5000;

export class Player {
  skipsSilence = false;
  #heard = new Heard();
  #at = 0;
  #speed = 1;
  #busy = false;
  #renewedAt = -RENEWS_AT_MOST_EVERY_MS;
  #everLoaded = false;
  #stopped = new AbortController();

  constructor(root, config, nonce) {
    Object.assign(this, { root, config, length: config.length, words: root.dataset });
    this.audio = root.querySelector("[data-audio]");
    this.status = root.querySelector("[data-status]");
    this.heardLine = root.querySelector("[data-heard]");
    this.heardBefore = ranges(this.heardLine);
    this.sound = new Sound(this.audio, { sides: config.lanes.length });
    if (config.peaks.length) {
      const box = root.querySelector("[data-wave]");
      this.wave = new Wave(box, this.audio, { ...config, nonce });
    }
    const onChange = () => {
      this.sitting.callOff();
      this.#endSitting();
    };
    this.ask = new Ask(root, { onChange });
    const onWait = (percent) => this.say(this.words.preparing.replace("%(percent)s", percent));
    this.sitting = new Sitting(this.ask.token, { onWait });
    this.controls = new Controls(root, this);
    this.strip = document.querySelector("[data-call-at]");
    new ResizeObserver(() => this.#pins()).observe(root.querySelector("[data-marks]"));
    const misplaced = root.querySelector("[data-misplaced]");
    misplaced.addEventListener("submit", () => (misplaced.at_ms.value = Math.round(this.#at)));
    this.#listen();
    this.seek(config.start);
    if (config.start && !new URL(location).searchParams.has("t")) this.say(this.words.leftOff);
  }

  get at() {
    return this.#at;
  }

  set speed(speed) {
    this.#speed = speed;
    this.sound.rate(speed);
  }

  mix(name) {
    this.sound.mix(name);
  }

  say(text) {
    this.status.textContent = text;
  }

  toggle() {
    if (this.#busy) this.sitting.callOff();
    else if (this.sound.isPlaying) this.sound.pause();
    else this.play();
  }

  seek(ms) {
    this.#heard.cut();
    this.#at = Math.min(Math.max(ms, 0), this.length);
    if (this.sitting.isOpen) this.sound.seek(this.#at);
    this.wave?.show(this.#at);
    this.#show();
  }

  // Play on where another part of the call ended.
  follow({ reason, between, ...settings }) {
    this.ask.carry(reason);
    this.controls.adopt(settings);
    this.seek(0);
    this.play().then(() => this.sound.isPlaying && this.say(between));
  }

  // The address of a page is enough for the next part; the rest goes along.
  #goOn() {
    const { next, between } = this.config;
    this.#endSitting();
    this.#stopped.abort();
    const detail = { next, between, reason: this.ask.reason, ...this.controls.settings };
    document.dispatchEvent(new CustomEvent("player:next", { detail }));
  }

  #show() {
    this.controls.show(this.#at);
    const at = this.config.offset + this.#at;
    this.strip?.setAttribute("d", `M${at} 0V10`);
  }

  async play() {
    if (this.#at >= this.length - 200) this.seek(0);
    this.#working(true);
    try {
      if (!this.sitting.isOpen && !(await this.#open())) return;
      if (this.sitting.renewInMs <= 0 && !this.sound.isWhole) await this.#renew();
      if (this.sitting.hasGoneCold()) this.say(this.words.ready);
      else await this.sound.play();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#working(false);
    }
  }

  // Above their moments, but never on top of each other.
  #pins() {
    let free = 0;
    const row = this.root.querySelector("[data-marks]");
    for (const pin of row.querySelectorAll(".pin")) {
      const wanted = (Number(pin.dataset.seek) / this.length) * row.clientWidth;
      const left = Math.max(wanted, free);
      pin.style.left = `${left}px`;
      free = left + PIN_PX;
    }
  }

  async #open(problem = "") {
    const answer = await this.ask.get({ problem });
    if (!answer) return false;
    this.say(this.words.loading);
    try {
      const told = await this.sitting.open(this.config.listen, answer.purpose, answer.reason);
      this.sound.load(told.url, this.#at);
      this.say("");
      return true;
    } catch (error) {
      if (error instanceof Refused && error.status === 422) return this.#open(error.reason);
      throw error;
    }
  }

  async #renew() {
    const wasPlaying = this.sound.isPlaying;
    this.#renewedAt = performance.now();
    const told = await this.sitting.renew({ isAudible: this.sound.isAudible });
    this.#heard.cut();
    this.sound.load(told.url, this.#at);
    this.say(this.words.renewed);
    if (wasPlaying) await this.sound.play();
  }

  #endSitting() {
    if (!this.sitting.isOpen) return;
    this.sound.pause();
    this.#report();
    this.sitting.close();
  }

  #listen() {
    const on = (name, act) => this.audio.addEventListener(name, act);
    on("timeupdate", () => this.#tick());
    on("play", () => this.#working(this.#busy));
    on("pause", () => this.#paused());
    on("ended", () => {
      this.#paused();
      if (this.config.next) this.#goOn();
    });
    on("loadedmetadata", () => (this.#everLoaded = true));
    on("error", () => this.#broken());
    const { signal } = this.#stopped;
    const timers = [
      setInterval(() => this.#often(), 1000),
      setInterval(() => this.sound.isPlaying && this.#report(), REPORT_EVERY_MS),
    ];
    signal.addEventListener("abort", () => timers.forEach(clearInterval));
    addEventListener("pagehide", () => this.#report({ isLast: true }), { signal });
    const hidden = () => document.hidden && this.#report({ isLast: true });
    document.addEventListener("visibilitychange", hidden, { signal });
  }

  #tick() {
    if (!this.sound.isPlaying || this.audio.seeking || !this.audio.readyState) return;
    this.#at = this.sound.at;
    this.#heard.at(Math.round(this.#at), this.#speed);
    this.#show();
    if (this.skipsSilence) this.#leap();
  }

  // Over what both sides pass in silence; a little of it stays, so that words keep air.
  #leap() {
    const here = this.config.silences.find(([a, b]) => this.#at > a + 300 && this.#at < b - 500);
    if (here) this.seek(here[1] - 200);
  }

  #often() {
    if (!this.sitting.isOpen || !this.sound.isPlaying || this.#busy) return;
    if (this.sitting.renewInMs > 0 || this.sound.isWhole) return;
    this.#renew().catch((error) => this.#failed(error));
  }

  #paused() {
    if (this.audio.readyState && !this.audio.seeking) {
      this.#at = this.sound.at;
      this.#heard.at(Math.round(this.#at), this.#speed);
    }
    this.#heard.cut();
    this.#working(this.#busy);
    this.#report();
  }

  // The link died under the player, or the store will not let the page look inside.
  #broken() {
    if (!this.sitting.isOpen) return;
    const again = performance.now() - this.#renewedAt > RENEWS_AT_MOST_EVERY_MS;
    if (!this.#everLoaded && this.audio.crossOrigin && !this.sound.isConnected) {
      this.sound.giveUpMixing();
      this.controls.withoutSides(this.words.oneEar);
    } else if (!again) {
      this.#failed(new Error(this.words.noFile));
      return;
    }
    this.#working(true);
    this.#renew()
      .then(() => this.sound.play())
      .catch((error) => this.#failed(error))
      .finally(() => this.#working(false));
  }

  async #report({ isLast = false } = {}) {
    if (!this.sitting.isOpen || this.#heard.isEmpty) return;
    const report = this.#heard.take();
    this.heardBefore = merge([...this.heardBefore, ...report.ranges]);
    this.heardLine.setAttribute("d", this.heardBefore.map(([a, b]) => `M${a} 2H${b}`).join(""));
    try {
      const position_ms = Math.round(this.#at);
      const { isAudible } = this.sound;
      await this.sitting.report({ ...report, position_ms }, { isLast, isAudible });
    } catch (error) {
      if (!(error instanceof Refused)) this.#heard.giveBack(report);
    }
  }

  #failed(error) {
    // A newer load or a pause cut this play short, or it was called off: nothing is wrong.
    if (error.name === "AbortError") {
      if (!this.sitting.isOpen) this.say("");
      return;
    }
    this.sound.pause();
    if (error instanceof Refused && error.status !== NOT_MADE) this.#refused(error);
    else if (error instanceof SignedOut) this.say(this.words.signedOut);
    else if (error.name === "NotSupportedError") this.say(this.words.noFile);
    else this.say(error.message || this.words.unreachable);
  }

  #refused({ reason, ask }) {
    this.sitting.close();
    this.audio.removeAttribute("src");
    const box = this.root.querySelector("[data-refused]");
    box.querySelector("[data-refused-reason]").textContent = reason;
    box.querySelector("[data-refused-ask]").textContent = ask;
    this.root.classList.add("is-refused");
    box.hidden = false;
    box.focus();
  }

  #working(isBusy) {
    this.#busy = isBusy;
    this.controls.state({ isPlaying: this.sound.isPlaying, isBusy });
  }

  copyLink() {
    const url = new URL(location.pathname, location.href);
    url.searchParams.set("part", this.config.part);
    url.searchParams.set("t", format(this.#at));
    navigator.clipboard?.writeText(url.href).then(() => this.say(this.words.copied));
  }
}

function ranges(path) {
  const found = path.getAttribute("d").matchAll(/M(\d+) 2H(\d+)/g);
  return [...found].map(([, since, until]) => [Number(since), Number(until)]);
}
