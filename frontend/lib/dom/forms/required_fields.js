/**
 * Fields that must not stay empty: what is missing is said beside its field when a form
 * is sent, and not before.
 *
 * Firefox tells a screen reader that an empty field is wrong as long as it is `required`,
 * whatever `aria-invalid` says. So that word stands in the page only for browsers without
 * scripts, and comes back when a form is sent. The browser's own bubble is not used: a bar
 * that stays at the bottom of a phone may cover the field it points to.
 */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/** Look after the fields of this page from now on. */
export function watchRequiredFields() {
  /** @type {NodeListOf<Field>} */
  const fields = document.querySelectorAll(":is(input, select, textarea)[required]");
  const required = new Set(fields);
  for (const field of required) {
    field.required = false;
    // A group of radio buttons says it by its name; one alone is not required.
    if (field.type !== "radio") field.setAttribute("aria-required", "true");
  }
  addEventListener("submit", (event) => validate(event, required), { capture: true });
}

/**
 * Look at a form as the browser does, before anybody hears that it was sent.
 * @param {SubmitEvent} event
 * @param {Set<Field>} needed
 */
function validate(event, needed) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.noValidate) return;
  const own = [...needed].filter((field) => field.form === form);
  for (const field of own) field.required = true;
  /** @type {Field[]} */
  const fields = /** @type {any} */ ([...form.elements]);
  const invalid = fields.filter((field) => field.willValidate && !field.validity.valid);
  const sentences = invalid.map(describeProblem);
  for (const field of own) field.required = false;
  if (invalid.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const groups = new Set();
  invalid.forEach((field, at) => {
    if (field.type === "radio" && groups.has(field.name)) return;
    groups.add(field.name);
    showProblem(field, sentences[at]);
  });
  invalid[0].focus({ preventScroll: true });
  // In the middle, so that neither the bar below nor the one above covers it.
  (invalid[0].closest("label, .field") ?? invalid[0]).scrollIntoView({ block: "center" });
}

/** What a field lacks. @param {Field} field */
function describeProblem(field) {
  if (!field.validity.valueMissing) return field.title || field.validationMessage;
  const words = document.getElementById("field-words")?.dataset ?? {};
  const own = { checkbox: words.tick, radio: words.choose }[field.type];
  return field.dataset.missing ?? own ?? words.empty ?? field.validationMessage;
}

/**
 * Say it beside the field until that is changed.
 * @param {Field} field
 * @param {string} sentence
 */
function showProblem(field, sentence) {
  const id = `${field.id || field.name}-missing`;
  let line = document.getElementById(id);
  if (line === null) {
    line = document.createElement("span");
    line.id = id;
    line.className = "field-missing";
    // What a group of radio buttons lacks stands above all of them, and any one mends it.
    const group = field.type === "radio" ? field.closest("fieldset") : null;
    const place =
      group?.querySelector("legend") ??
      field.closest("label, .with-button, .card-ask") ??
      field;
    place.insertAdjacentElement("afterend", line);
    const described = field.getAttribute("aria-describedby");
    field.setAttribute("aria-describedby", [id, described].filter(Boolean).join(" "));
    const shown = line;
    const mended = () => {
      shown.remove();
      field.removeAttribute("aria-invalid");
      if (described) field.setAttribute("aria-describedby", described);
      else field.removeAttribute("aria-describedby");
    };
    (group ?? field).addEventListener("input", mended, { once: true });
  }
  line.textContent = sentence;
  field.setAttribute("aria-invalid", "true");
}
