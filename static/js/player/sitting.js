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

async function post(url, body, token, { keepalive = false } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
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
  if (response.status >= 500) throw new Unreachable();
  throw new Refused(response.status, await response.json().catch(() => ({})));
}

export class Sitting {
  #told = null;
  #servedAt = 0;

  constructor(token) {
    this.token = token;
  }

  async open(url, purpose, reason) {
    this.#take(await post(url, new URLSearchParams({ purpose, reason }), this.token));
    return this.#told;
  }

  async renew() {
    this.#take(await post(this.#told.renew, new URLSearchParams(), this.token));
    return this.#told;
  }

  report(report, { isLast = false } = {}) {
    return post(this.#told.heard, report, this.token, { keepalive: isLast });
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
