/**
 * The questions before something is written to a disk (templates/wallet/disk_questions.html).
 */
import { byId } from "../../../lib/dom/page.js";

/** @returns {import("../../files/disk_export.js").Questions} */
export const diskQuestions = () => ({
  isRemovable: async (folder) => (await ask("removable", folder)) === "yes",
  resolveConflict: async (folder) => {
    const answer = await ask("conflict", folder);
    return answer === "replace" || answer === "beside" ? answer : null;
  },
});

/**
 * @param {"removable" | "conflict"} question
 * @param {string} folder
 * @returns {Promise<string>} empty where the dialog was closed
 */
function ask(question, folder) {
  const dialog = byId("disk-question", HTMLDialogElement);
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (
    dialog.querySelectorAll("[data-question]")
  )) {
    const isAsked = part.dataset.question === question;
    part.hidden = !isAsked;
    if (!isAsked) continue;
    /** @type {HTMLElement} */ (part.querySelector("[data-folder]")).textContent = folder;
    const heading = /** @type {HTMLElement} */ (part.querySelector("h2"));
    heading.id = "disk-question-title";
  }
  for (const heading of dialog.querySelectorAll("[hidden] h2")) heading.removeAttribute("id");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }),
  );
}
