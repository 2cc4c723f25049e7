/**
 * The list of what a new password must have, as it is typed.
 */

/**
 * Mark each line of `list`: there, or still missing. What must not be in it is a line
 * that stands there only while it is.
 * @param {HTMLElement} list of `[data-part]`
 * @param {readonly string[]} missing
 * @param {boolean} wasAsked whether somebody tried to go on
 */
export function showChecklist(list, missing, wasAsked) {
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (
    list.querySelectorAll("[data-part]")
  )) {
    const part = line.dataset.part ?? "";
    const isMissing = missing.includes(part);
    if (FORBIDDEN.has(part)) {
      line.hidden = !isMissing;
      line.classList.toggle("wrong", isMissing);
    } else {
      line.classList.toggle("there", !isMissing);
      line.classList.toggle("wrong", isMissing && wasAsked);
    }
  }
}

const FORBIDDEN = new Set(["forbidden", "personal", "common", "simple"]);
