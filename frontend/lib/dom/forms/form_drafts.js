/**
 * What was typed into a form that had been open for too long, kept in this tab.
 *
 * When a form is sent, its plain fields are kept until the next page; where that says
 * that nothing was done (`?stale=1`), perhaps after a sign-in, they stand in the form
 * again. Passwords, codes and what says `autocomplete="off"` are never kept, nor is
 * anything shown to another person than the one who typed it.
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} StorageLike */
/** @typedef {{path: string, person: string, action: string, fields: [string, string][]}} Entry */

const KEY = "typed";
const STALE = "stale";
const PLAIN = new Set([
  ...["text", "email", "tel", "search", "number", "date", "url"],
  ...["checkbox", "radio", "select-one", "textarea"],
]);
const SIGN_INS = ["/sign-in", "/counter/sign-in"];
const SIGN_IN_FORM = SIGN_INS.map((path) => `main form[action="${path}"]`).join();
const MAX_LENGTH = 4_000; // characters of a value

/** One page of this tab. */
export class FormDrafts {
  /** @type {Document} */ #page;
  /** @type {StorageLike} */ #storage;

  /** @param {Document} page @param {StorageLike} storage */
  constructor(page, storage) {
    this.#page = page;
    this.#storage = storage;
  }

  /** Put back what was typed, and keep what is sent from now on. */
  start() {
    const entry = this.#read();
    const isAtSignIn = this.#page.querySelector(SIGN_IN_FORM) !== null;
    if (entry && (!isAtSignIn || isSignIn(entry.action))) {
      if (this.#isStale() && (isAtSignIn || this.#belongsHere(entry))) this.#restore(entry);
      this.#storage.removeItem(KEY);
    }
    // Not at capture: a form that lacks something was not sent.
    this.#page.addEventListener("submit", (event) => {
      if (!event.defaultPrevented)
        this.#save(/** @type {HTMLFormElement} */ (event.target));
    });
  }

  /** @param {HTMLFormElement} form */
  #save(form) {
    const { person = "" } = this.#page.body.dataset;
    const action = form.getAttribute("action") ?? "";
    // Whoever signs in on the way is no reason to forget what waits behind it.
    if (isSignIn(action) && this.#read()) return;
    if (form.method !== "post" || action.endsWith("/sign-out")) {
      this.#storage.removeItem(KEY);
      return;
    }
    const fields = plainFields(form).map(
      (field) => /** @type {[string, string]} */ ([field.name, fieldValue(field)]),
    );
    const entry = { path: this.#page.location.pathname, person, action, fields };
    try {
      this.#storage.setItem(KEY, JSON.stringify(entry));
    } catch {
      // The tab keeps nothing: then it is typed again.
    }
  }

  /** @param {Entry} entry */
  #restore(entry) {
    const form = [...this.#page.forms].find(
      (candidate) => candidate.getAttribute("action") === entry.action,
    );
    if (!form) return;
    const values = entry.fields.slice();
    for (const field of plainFields(form)) {
      const at = values.findIndex(([name]) => name === field.name);
      if (at < 0) continue;
      const [[, value]] = values.splice(at, 1);
      if (isCheckable(field)) field.checked = value === "on";
      else field.value = value;
    }
  }

  #isStale() {
    return new URLSearchParams(this.#page.location.search).has(STALE);
  }

  /** @param {Entry} entry */
  #belongsHere(entry) {
    const { person = "" } = this.#page.body.dataset;
    return entry.path === this.#page.location.pathname && entry.person === person;
  }

  /** @returns {Entry | null} */
  #read() {
    try {
      return JSON.parse(this.#storage.getItem(KEY) ?? "null");
    } catch {
      return null;
    }
  }
}

/** @param {HTMLFormElement} form */
function plainFields(form) {
  const all = /** @type {HTMLInputElement[]} */ ([...form.elements]);
  return all.filter(
    (field) =>
      field.name &&
      PLAIN.has(field.type) &&
      !/^(off|one-time-code|bday)$|password/.test(field.autocomplete ?? "") &&
      fieldValue(field).length <= MAX_LENGTH,
  );
}

/** @param {string} action */
const isSignIn = (action) => SIGN_INS.includes(action);

/** @param {HTMLInputElement} field */
const isCheckable = (field) => field.type === "checkbox" || field.type === "radio";

/** @param {HTMLInputElement} field */
const fieldValue = (field) =>
  isCheckable(field) ? (field.checked ? "on" : "off") : field.value;
