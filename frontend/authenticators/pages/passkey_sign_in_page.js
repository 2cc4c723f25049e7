/**
 * A passkey beside the form of the sign-in page, whose own script begins the page.
 */
import { byId } from "../../lib/dom/page.js";
import { configure } from "../../lib/http.js";
import { setMessages } from "../../lib/i18n.js";
import { initPasskeyButton } from "../views/passkey_button.js";

setMessages(JSON.parse(byId("words").textContent ?? "{}"));
const token = document.querySelector("meta[name=csrf-token]");
configure({ csrf: token?.getAttribute("content") ?? "" });
initPasskeyButton(byId("passkey"));
