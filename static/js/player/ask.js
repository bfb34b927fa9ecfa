// What for, and why: asked once in a dialog, remembered while the browser stays open,
// and carried to the neighbouring calls by their links.

const KEPT = "listen-for";

export class Ask {
  #answered = null;
  #carried = null;

  constructor(root, { onChange }) {
    this.select = root.querySelector("[data-for]");
    this.dialog = root.querySelector("[data-ask]");
    this.form = root.querySelector("[data-ask-form]");
    this.problem = this.form.querySelector("[data-ask-problem]");
    this.token = this.form.elements.csrfmiddlewaretoken.value;
    this.reason = "";
    this.wantsReason = Boolean(this.form.elements.reason);
    if (!this.select.value) this.#choose(sessionStorage.getItem(KEPT) || "");
    else this.#remember();
    this.select.addEventListener("change", () => {
      this.#carried = null;
      this.#remember();
      onChange();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const told = new FormData(this.form);
      this.#choose(told.get("purpose"));
      this.reason = told.get("reason") || "";
      this.#answered?.({ purpose: told.get("purpose"), reason: this.reason });
      this.#answered = null;
      this.dialog.close();
    });
    this.dialog.addEventListener("close", () => {
      this.#answered?.(null);
      this.#answered = null;
    });
  }

  // The next part of the same call is heard for the same reason: once.
  carry(reason) {
    this.#carried = this.reason = reason;
  }

  // {purpose, reason}, or null when somebody thought better of it.
  get({ problem = "" } = {}) {
    const reason = this.wantsReason ? this.#carried : "";
    this.#carried = null;
    if (this.select.value && reason !== null && !problem) {
      return Promise.resolve({ purpose: this.select.value, reason });
    }
    this.problem.textContent = problem;
    this.problem.hidden = !problem;
    for (const radio of this.form.querySelectorAll("[name=purpose]")) {
      if (radio.value === this.select.value) radio.checked = true;
    }
    this.dialog.showModal();
    return new Promise((answer) => (this.#answered = answer));
  }

  #choose(purpose) {
    const known = [...this.select.options].some((one) => one.value && one.value === purpose);
    if (!known) return;
    this.select.value = purpose;
    this.#remember();
  }

  #remember() {
    const purpose = this.select.value;
    if (purpose) sessionStorage.setItem(KEPT, purpose);
    else sessionStorage.removeItem(KEPT);
    for (const link of document.querySelectorAll("[data-carries-purpose]")) {
      const url = new URL(link.href);
      if (purpose) url.searchParams.set("for", purpose);
      else url.searchParams.delete("for");
      link.href = url;
    }
  }
}
