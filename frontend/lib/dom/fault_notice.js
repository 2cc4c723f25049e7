/**
 * What nobody caught is said to the person: no press ends in silence.
 */
import { make } from "./page.js";
import { showFormError } from "./outcome_view.js";
import { messageOf } from "../error_messages.js";

/** Say on top of the page what goes wrong from now on and is said nowhere else. */
export function showUncaughtErrors() {
  // Not prevented: whoever opens the console sees it too.
  addEventListener("unhandledrejection", ({ reason }) => showFault(reason));
  addEventListener("error", ({ error }) => {
    if (error) showFault(error);
  });
}

/**
 * Say what went wrong on top of the page, where no place of its own is near.
 * @param {unknown} error
 */
export function showFault(error) {
  let place = document.getElementById("fault");
  if (place === null) {
    place = make("p", { id: "fault", class: "notice stop", role: "alert" });
    document.querySelector("main")?.prepend(place);
  }
  showFormError(place, messageOf(error));
  place.scrollIntoView({ block: "nearest" });
}
