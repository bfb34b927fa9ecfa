// Draws the outline from the server's peaks: agent above the line, caller below it.
// Nothing is fetched; the picture stands before anybody asks for the sound.

/* global WaveSurfer */

const LANE_PX = 52;
const UNPLAYED = 0.72;
const TOP = 127;

export class Wave {
  #surfer = null;
  at = 0;

  constructor(box, audio, { peaks, lanes, length, nonce }) {
    Object.assign(this, { box, audio, lanes, length });
    this.channels = peaks.map(unpack);
    this.#surfer = WaveSurfer.create({
      container: box,
      media: audio,
      peaks: this.channels,
      duration: length / 1000,
      interact: false,
      dragToSeek: false,
      autoScroll: false,
      hideScrollbar: true,
      cspNonce: nonce,
      maxPeak: loudest(this.channels),
      ...this.#look(),
    });
    this.#surfer.on("ready", () => this.#surfer.setTime(this.at / 1000));
    const again = () => this.#surfer.setOptions(this.#look());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    new MutationObserver(again).observe(document.documentElement, {
      attributeFilter: ["data-bs-theme"],
    });
  }

  // Show a place before the element itself can go there.
  show(ms) {
    this.at = ms;
    this.#surfer.setTime(ms / 1000);
  }

  #look() {
    const bars = { barWidth: 2, barGap: 1, barRadius: 1, barMinHeight: 1 };
    const height = this.lanes.length > 1 ? LANE_PX : 2 * LANE_PX;
    return {
      ...bars,
      height,
      cursorColor: colour("ink", 1),
      cursorWidth: 2,
      splitChannels: this.lanes.map((lane, place) => ({
        waveColor: colour(lane, UNPLAYED),
        progressColor: colour(lane, 1),
        ...(this.lanes.length > 1 ? { barAlign: place ? "top" : "bottom" } : {}),
      })),
    };
  }
}

function unpack(base64) {
  // The square root brings quiet voices up to where the eye can tell them from silence.
  return Float32Array.from(atob(base64), (byte) => Math.sqrt(byte.charCodeAt(0) / TOP));
}

function loudest(channels) {
  let top = 0.1;
  for (const channel of channels) for (const peak of channel) top = Math.max(top, peak);
  return top;
}

// A canvas cannot read the page's colour variables: let an element compute them.
function colour(name, share) {
  const probe = document.createElement("i");
  probe.className = `tint tint-${name}`;
  document.body.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g);
  probe.remove();
  return `rgba(${red}, ${green}, ${blue}, ${share})`;
}
