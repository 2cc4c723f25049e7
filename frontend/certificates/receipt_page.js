/**
 * The receipt: its button prints it, where a browser can.
 */
import { byId } from "../lib/dom.js";

const button = byId("print", HTMLButtonElement);
button.hidden = typeof print !== "function";
button.addEventListener("click", () => print());
