/**
 * Pages for signing in: the buttons that show what was typed.
 */
import { begin } from "../../lib/dom/page.js";

begin();
for (const button of document.querySelectorAll("[data-shows]"))
  /** @type {HTMLElement} */ (button).hidden = false;
