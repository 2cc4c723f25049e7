/**
 * A passkey beside the form of the sign-in page, whose own script initialises the page.
 */
import { byId, initRequests } from "../../lib/dom/page.js";
import { initPasskeyButton } from "../views/passkey_button.js";

initRequests();
initPasskeyButton(byId("passkey"));
