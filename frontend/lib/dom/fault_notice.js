/**
 * What nobody caught is said to the person: no press ends in silence.
 */
import { make } from "./page.js";
import { sayInForm } from "./outcome_view.js";
import { saidOf } from "../error_messages.js";

/** Say on top of the page what goes wrong from now on and is said nowhere else. */
export function sayFaults() {
  // Not prevented: whoever opens the console sees it too.
  addEventListener("unhandledrejection", ({ reason }) => sayOnTop(reason));
  addEventListener("error", ({ error }) => {
    if (error) sayOnTop(error);
  });
}

/**
 * Say what went wrong on top of the page, where no place of its own is near.
 * @param {unknown} error
 */
export function sayOnTop(error) {
  let place = document.getElementById("fault");
  if (place === null) {
    place = make("p", { id: "fault", class: "notice stop", role: "alert" });
    document.querySelector("main")?.prepend(place);
  }
  sayInForm(place, saidOf(error));
  place.scrollIntoView({ block: "nearest" });
}
