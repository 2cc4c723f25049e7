/**
 * The scanner on the page: the camera, a photo of the code, help when nothing is seen.
 */
import { byId, onClick } from "../../../lib/dom/page.js";
import { showFormError } from "../../../lib/dom/outcome_view.js";
import { messageForCode, messageOf } from "../../../lib/error_messages.js";
import { _ } from "../../../lib/i18n.js";
import { openCamera, readPhoto } from "./camera.js";
import "../../core/pairing_messages.js";

const HELP_MS = 10_000;

/** The scanner of a page. */
export class ScanViews {
  /** @type {(text: string) => void} */ #seen;
  /** @type {{stop(): void} | null} */ #camera = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #help;
  #refused = byId("scan-refused");
  #turn = 0;

  /** @param {(text: string) => void} seen throws for what is not ours */
  constructor(seen) {
    this.#seen = seen;
    onClick(byId("stop-camera", HTMLButtonElement), () => {
      this.stop();
      byId("open-camera").focus();
    });
  }

  /** Open the camera and look until a code of ours comes by. */
  async open() {
    showFormError(this.#refused, null);
    this.#show(true);
    const turn = (this.#turn += 1);
    try {
      const camera = await openCamera(byId("video", HTMLVideoElement), {
        seen: (text) => this.#take(text),
        failed: (error) => {
          this.stop();
          this.say(error);
        },
      });
      if (turn !== this.#turn) return camera.stop();
      this.#camera = camera;
      this.#help = setTimeout(() => this.#sayHelp(), HELP_MS);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      this.say(error);
    }
  }

  /** Read the code in a photo. @param {File | undefined} file */
  async photo(file) {
    if (file === undefined) return;
    showFormError(this.#refused, null);
    byId("scan-help").textContent = _("Looking for the code in the photo…");
    try {
      const text = await readPhoto(file);
      if (text === null) showFormError(this.#refused, messageForCode("photo_without_code"));
      else this.#take(text);
    } catch (error) {
      this.say(error);
    } finally {
      byId("scan-help").textContent = "";
    }
  }

  /** Say why something was not taken. @param {unknown} error */
  say(error) {
    showFormError(this.#refused, messageOf(error));
  }

  /** Turn the camera off. */
  stop() {
    this.#turn += 1;
    this.#camera?.stop();
    this.#camera = null;
    clearTimeout(this.#help);
    this.#show(false);
  }

  /** What is not ours is said, and looking goes on. @param {string} text */
  #take(text) {
    try {
      this.#seen(text);
      this.stop();
    } catch (error) {
      this.say(error);
    }
  }

  /** @param {boolean} isOpen */
  #show(isOpen) {
    byId("viewer").hidden = !isOpen;
    byId("open-camera").hidden = isOpen;
    byId("stop-camera").hidden = !isOpen;
    byId("scan-help").textContent = "";
  }

  #sayHelp() {
    byId("scan-help").textContent = _(
      "No code seen yet. Hold the phone a hand's length away, turn up the light, " +
        "wipe the lens. Or choose a photo of the code, or type the number.",
    );
  }
}
