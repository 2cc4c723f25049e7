/**
 * One step of making a backup or of bringing it back, from a press to what came of it.
 */
import { showFormError } from "../../lib/dom/outcome_view.js";
import { explainBackupError } from "./backup_messages.js";

/**
 * Do `work` while its button cannot be pressed again, and say why if it is refused.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} error where it is said
 * @param {() => Promise<void>} work
 */
export async function runBackupStep(button, error, work) {
  button.disabled = true;
  showFormError(error, null);
  try {
    await work();
  } catch (refusal) {
    showFormError(error, explainBackupError(refusal));
  } finally {
    button.disabled = false;
  }
}
