// Notes which stretches were played, to be reported: [from_ms, to_ms].

const JOINS_MS = 250;

export class Heard {
  #ranges = [];
  #open = null;
  #fastest = 0;

  // Playing, and here now. Called often; what lies between two calls was heard.
  at(ms, speed) {
    this.#fastest = Math.max(this.#fastest, speed);
    if (this.#open && ms >= this.#open[1]) this.#open[1] = ms;
    else this.#open = [ms, ms];
  }

  // Paused or about to jump: what comes next is another stretch.
  cut() {
    if (this.#open && this.#open[1] > this.#open[0]) this.#ranges.push(this.#open);
    this.#open = null;
  }

  get isEmpty() {
    return !this.#ranges.length && !(this.#open && this.#open[1] > this.#open[0]);
  }

  // Hand over what was noted since the last time; the running stretch goes on.
  take() {
    const here = this.#open?.[1];
    this.cut();
    const taken = { ranges: this.#ranges, speed: this.#fastest || 1 };
    this.#ranges = [];
    this.#fastest = 0;
    if (here !== undefined) this.#open = [here, here];
    return taken;
  }

  // A report that did not arrive is told again with the next.
  giveBack({ ranges, speed }) {
    this.#ranges.unshift(...ranges);
    this.#fastest = Math.max(this.#fastest, speed);
  }
}

export function merge(ranges) {
  const merged = [];
  for (const [since, until] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && since <= last[1] + JOINS_MS) last[1] = Math.max(last[1], until);
    else merged.push([since, until]);
  }
  return merged;
}
