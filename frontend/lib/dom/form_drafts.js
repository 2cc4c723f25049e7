/**
 * What was typed into a form that had been open for too long, kept in this tab.
 *
 * When a form is sent, its plain fields are kept until the next page; where that says
 * that nothing was done (`?stale=1`), perhaps after a sign-in, they stand in the form
 * again. Passwords, codes and what says `autocomplete="off"` are never kept, nor is
 * anything shown to another person than the one who typed it.
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Kept */
/** @typedef {{path: string, person: string, action: string, fields: [string, string][]}} Entry */

const KEY = "typed";
const STALE = "stale";
const PLAIN = new Set([
  ...["text", "email", "tel", "search", "number", "date", "url"],
  ...["checkbox", "radio", "select-one", "textarea"],
]);
const SIGN_INS = ["/sign-in", "/counter/sign-in"];
const SIGN_IN_FORM = SIGN_INS.map((path) => `main form[action="${path}"]`).join();
const MOST = 4_000; // characters of a value

/** One page of this tab. */
export class Typed {
  /** @type {Document} */ #page;
  /** @type {Kept | null} */ #kept;

  /**
   * @param {Document} page
   * @param {Kept | null} kept
   */
  constructor(page, kept) {
    this.#page = page;
    this.#kept = kept;
  }

  /** Put back what was typed, and keep what is sent from now on. */
  begin() {
    const entry = this.#read();
    if (entry && !this.#page.querySelector(SIGN_IN_FORM)) {
      if (this.#isStale() && this.#isOf(entry)) this.#fill(entry);
      this.#kept?.removeItem(KEY);
    } else if (entry && isSignIn(entry.action)) {
      if (this.#isStale()) this.#fill(entry);
      this.#kept?.removeItem(KEY);
    }
    // Not at capture: a form that lacks something was not sent.
    this.#page.addEventListener("submit", (event) => {
      if (!event.defaultPrevented)
        this.#keep(/** @type {HTMLFormElement} */ (event.target));
    });
  }

  /** @param {HTMLFormElement} form */
  #keep(form) {
    const { person = "" } = this.#page.body.dataset;
    const action = form.getAttribute("action") ?? "";
    // Whoever signs in on the way is no reason to forget what waits behind it.
    if (isSignIn(action) && this.#read()) return;
    if (form.method !== "post" || action.endsWith("/sign-out")) {
      this.#kept?.removeItem(KEY);
      return;
    }
    const fields = fieldsOf(form).map(
      (field) => /** @type {[string, string]} */ ([field.name, valueOf(field)]),
    );
    const entry = { path: this.#page.location.pathname, person, action, fields };
    try {
      this.#kept?.setItem(KEY, JSON.stringify(entry));
    } catch {
      // The tab keeps nothing: then it is typed again.
    }
  }

  /** @param {Entry} entry */
  #fill(entry) {
    const form = [...this.#page.forms].find(
      (each) => each.getAttribute("action") === entry.action,
    );
    if (!form) return;
    const values = entry.fields.slice();
    for (const field of fieldsOf(form)) {
      const at = values.findIndex(([name]) => name === field.name);
      if (at < 0) continue;
      const [[, value]] = values.splice(at, 1);
      if (isTicked(field)) field.checked = value === "on";
      else field.value = value;
    }
  }

  #isStale() {
    return new URLSearchParams(this.#page.location.search).has(STALE);
  }

  /** @param {Entry} entry */
  #isOf(entry) {
    const { person = "" } = this.#page.body.dataset;
    return entry.path === this.#page.location.pathname && entry.person === person;
  }

  /** @returns {Entry | null} */
  #read() {
    try {
      return JSON.parse(this.#kept?.getItem(KEY) ?? "null");
    } catch {
      return null;
    }
  }
}

/** @param {HTMLFormElement} form */
function fieldsOf(form) {
  const all = /** @type {HTMLInputElement[]} */ ([...form.elements]);
  return all.filter(
    (field) =>
      field.name &&
      PLAIN.has(field.type) &&
      !/^(off|one-time-code|bday)$|password/.test(field.autocomplete ?? "") &&
      valueOf(field).length <= MOST,
  );
}

/** @param {string} action */
const isSignIn = (action) => SIGN_INS.includes(action);

/** @param {HTMLInputElement} field */
const isTicked = (field) => field.type === "checkbox" || field.type === "radio";

/** @param {HTMLInputElement} field */
const valueOf = (field) =>
  isTicked(field) ? (field.checked ? "on" : "off") : field.value;
