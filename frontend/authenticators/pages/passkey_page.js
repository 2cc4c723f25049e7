/**
 * A page that makes or uses a passkey.
 */
import { begin } from "../../lib/dom/page.js";
import { start } from "../views/passkey_button.js";

begin();
const place = document.getElementById("passkey");
if (place) start(place);
