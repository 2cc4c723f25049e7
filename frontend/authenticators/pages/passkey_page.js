/**
 * A page that makes or uses a passkey.
 */
import { initPage } from "../../lib/dom/page.js";
import { initPasskeyButton } from "../views/passkey_button.js";

initPage();
const place = document.getElementById("passkey");
if (place) initPasskeyButton(place);
