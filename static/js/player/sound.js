// The <audio> and what is done to its two channels before they reach the ears.

const BOTH = 0.75;
// How loud [agent, caller] arrive in the [left, right] ear.
const MIXES = {
  mono: [[BOTH, BOTH], [BOTH, BOTH]],
  stereo: [[1, 0], [0, 1]],
  0: [[1, 1], [0, 0]],
  1: [[0, 0], [1, 1]],
};

export class Sound {
  #graph = null;
  #mix = "mono";
  #rate = 1;

  constructor(audio, { sides }) {
    this.audio = audio;
    this.sides = sides;
    this.canMix = sides > 1;
  }

  get at() {
    return this.audio.currentTime * 1000;
  }

  get isPlaying() {
    return !this.audio.paused && !this.audio.ended;
  }

  get isAudible() {
    return !this.audio.muted && this.audio.volume > 0;
  }

  // Whether the browser has every byte already: then no link is needed any more.
  get isWhole() {
    const { buffered, duration } = this.audio;
    return buffered.length === 1 && buffered.start(0) < 0.1 && buffered.end(0) > duration - 0.1;
  }

  // Point the element at a link and stay at the same place, at the same speed.
  load(url, atMs) {
    const isForeign = new URL(url, location.href).origin !== location.origin;
    if (isForeign && this.canMix) this.audio.crossOrigin = "anonymous";
    else this.audio.removeAttribute("crossorigin");
    this.audio.src = url;
    this.audio.currentTime = atMs / 1000;
    this.#applyRate();
  }

  seek(ms) {
    this.audio.currentTime = ms / 1000;
  }

  async play() {
    if (this.canMix) await this.#connect();
    this.#applyRate();
    await this.audio.play();
  }

  pause() {
    this.audio.pause();
  }

  rate(speed) {
    this.#rate = speed;
    this.#applyRate();
  }

  mix(name) {
    this.#mix = name;
    this.#applyMix();
  }

  // Without CORS from the store a page may play the file but not look into it.
  giveUpMixing() {
    this.canMix = false;
  }

  get isConnected() {
    return this.#graph !== null;
  }

  #applyRate() {
    this.audio.preservesPitch = true;
    this.audio.defaultPlaybackRate = this.#rate;
    this.audio.playbackRate = this.#rate;
  }

  // An audio context may only start on a gesture, so the first play makes it.
  async #connect() {
    if (!this.#graph) {
      const context = new AudioContext();
      const source = context.createMediaElementSource(this.audio);
      const split = context.createChannelSplitter(2);
      const merge = context.createChannelMerger(2);
      const gains = [0, 1].map((side) =>
        [0, 1].map((ear) => {
          const gain = context.createGain();
          split.connect(gain, side).connect(merge, 0, ear);
          return gain.gain;
        }),
      );
      source.connect(split);
      merge.connect(context.destination);
      this.#graph = { context, gains };
      this.#applyMix();
    }
    if (this.#graph.context.state !== "running") await this.#graph.context.resume();
  }

  #applyMix() {
    const now = this.#graph?.context.currentTime;
    this.#graph?.gains.forEach((ears, side) =>
      ears.forEach((gain, ear) => gain.setTargetAtTime(MIXES[this.#mix][side][ear], now, 0.01)),
    );
  }
}
