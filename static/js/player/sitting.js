// The conversation with the server: open a sitting, renew its link, report what was heard.

export class Refused extends Error {
  constructor(status, { reason = "", ask = "" } = {}) {
    super(reason);
    Object.assign(this, { status, reason, ask });
  }
}

export class SignedOut extends Error {}
export class Unreachable extends Error {}

const RENEW_BEFORE_S = 45;

// What the server may have a recording as; each is asked of the browser once.
const KINDS = {
  ogg: 'audio/ogg; codecs="opus"',
  mp4: 'audio/mp4; codecs="mp4a.40.2"',
  mp3: "audio/mpeg",
  flac: "audio/flac",
};
const ASKS_AGAIN_MS = 1000;

function playable() {
  const probe = document.createElement("audio");
  return Object.keys(KINDS).filter((kind) => probe.canPlayType(KINDS[kind]));
}

// What nobody can hear keeps no session open: it is marked as passive.
async function post(url, body, token, { keepalive = false, isAudible = true } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  if (!isAudible) headers["X-Passive"] = "1";
  if (!(body instanceof URLSearchParams)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, { method: "POST", headers, body, keepalive, redirect: "manual" });
  } catch {
    throw new Unreachable();
  }
  if (response.type === "opaqueredirect") throw new SignedOut();
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401) {
    const url = response.headers.get("X-Sign-In");
    if (url) document.dispatchEvent(new CustomEvent("sign-in", { detail: { url } }));
    throw new SignedOut();
  }
  if (response.status >= 500) throw new Unreachable();
  throw new Refused(response.status, await response.json().catch(() => ({})));
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export class Sitting {
  #told = null;
  #servedAt = 0;
  #plays = playable();
  #waiting = null;
  #waited = false;

  constructor(token, { onWait }) {
    Object.assign(this, { token, onWait });
  }

  async open(url, purpose, reason) {
    this.#take(await this.#ask(url, { purpose, reason }));
    return this.#told;
  }

  async renew({ isAudible }) {
    this.#take(await this.#ask(this.#told.renew, {}, { isAudible }));
    return this.#told;
  }

  // Until there is a file that this browser can play; onWait is told how far it is.
  async #ask(url, fields, options) {
    const body = new URLSearchParams(fields);
    for (const kind of this.#plays) body.append("plays", kind);
    this.#waited = false;
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    for (;;) {
      const told = await post(url, body, this.token, options);
      signal.throwIfAborted();
      if (told.preparing === undefined) return told;
      this.#waited = true;
      this.onWait(told.preparing);
      await pause(ASKS_AGAIN_MS, signal);
    }
  }

  callOff() {
    if (this.#waited) this.#waiting?.abort();
  }

  // Browsers start sound only soon after a press: after a long wait it takes another.
  hasGoneCold() {
    const isCold = this.#waited && !navigator.userActivation?.isActive;
    this.#waited = false;
    return isCold;
  }

  report(report, { isLast = false, isAudible = true } = {}) {
    return post(this.#told.heard, report, this.token, { keepalive: isLast, isAudible });
  }

  get isOpen() {
    return this.#told !== null;
  }

  // How long until a fresh link is wanted; negative when that is past.
  get renewInMs() {
    const wanted = Math.max(1, this.#told.expires_in - RENEW_BEFORE_S) * 1000;
    return this.#servedAt + wanted - performance.now();
  }

  close() {
    this.#told = null;
  }

  #take(told) {
    this.#told = told;
    this.#servedAt = performance.now();
  }
}
