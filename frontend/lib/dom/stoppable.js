/**
 * Work that a file may make long: the page says so after a moment, and offers to stop.
 */
import { addMessages } from "../error_messages.js";
import { CodedError } from "../errors.js";
import { _ } from "../i18n.js";
import { makeButton } from "./outcome_view.js";
import { make } from "./page.js";

/** What is done by then needs no words. */
const PATIENCE_MS = 700;

addMessages({
  work_stopped: () => [
    _("You stopped it. Nothing was changed."),
    _("Try again, or take another file."),
  ],
});

/**
 * Do `work`. A person who stops it, or closes the dialog that it belongs to, aborts its
 * signal.
 * @template T
 * @param {HTMLElement} place before which it is said, where a refusal is said too
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {CodedError} `work_stopped`
 */
export async function runStoppable(place, work) {
  const controller = new AbortController();
  const stop = () => controller.abort(new CodedError("work_stopped"));
  const note = makeNote(stop);
  const timer = setTimeout(() => place.before(note), PATIENCE_MS);
  const dialog = place.closest("dialog");
  dialog?.addEventListener("close", stop);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    dialog?.removeEventListener("close", stop);
    note.remove();
  }
}

/** @param {() => void} stop */
function makeNote(stop) {
  const words = _(
    "Opening it takes a while: the file asks for much computing. You can go on using this page.",
  );
  const bar = make("progress", { class: "life", "aria-label": _("Opening the key") });
  const button = makeButton(_("Stop"), "plain", stop);
  button.dataset.stop = "";
  const text = make("p", { role: "status" }, words);
  const parts = make("div", { class: "stack" }, text, bar, button);
  return make("div", { class: "notice about slow" }, parts);
}
