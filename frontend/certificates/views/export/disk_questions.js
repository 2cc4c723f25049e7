/**
 * What is asked and told about a disk before and after something is written to it
 * (templates/wallet/disk_questions.html).
 */
import { byId } from "../../../lib/dom/page.js";

/** @typedef {"removable" | "predecessor" | "conflict" | "finished" | "left" | "locked"} Question */

/** @returns {import("../../files/disk_export.js").Questions} */
export const diskQuestions = () => ({
  isRemovable: async (folder) => (await ask("removable", folder)) === "yes",
  resolveConflict: async (folder, relation) => {
    const answer = await ask("conflict", folder, relation);
    return answer === "replace" || answer === "beside" ? answer : null;
  },
  resolvePredecessors: async (names) => {
    const answer = await ask("predecessor", names.join("\n"));
    return answer === "put-away" || answer === "beside" ? answer : null;
  },
  tell: async (event, name) => void (await ask(event, name)),
});

/**
 * @param {Question} question
 * @param {string} folder
 * @param {string} [relation] which of the sentences are shown that depend on it
 * @returns {Promise<string>} empty where the dialog was closed
 */
function ask(question, folder, relation = "") {
  const dialog = byId("disk-question", HTMLDialogElement);
  for (const part of partsOf(dialog, "[data-question]")) {
    const isAsked = part.dataset.question === question;
    part.hidden = !isAsked;
    if (!isAsked) continue;
    for (const words of partsOf(part, "[data-relation]"))
      words.hidden = words.dataset.relation !== relation;
    partsOf(part, "[data-folder]")[0].textContent = folder;
    partsOf(part, "h2")[0].id = "disk-question-title";
  }
  for (const heading of dialog.querySelectorAll("[hidden] > h2")) heading.removeAttribute("id");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }),
  );
}

/** @param {Element} element @param {string} selector @returns {HTMLElement[]} */
const partsOf = (element, selector) => [...element.querySelectorAll(selector)].filter(
  (part) => part instanceof HTMLElement,
);
