/**
 * The list of requests for who is signed in: shown anew when another one waits, or one
 * of them has ended.
 */
import { byId } from "../../lib/dom/page.js";
import { poll } from "../../lib/poll.js";

const INTERVAL_MS = 3000;
const shown = byId("my-requests").dataset.ids ?? "";

poll("/me/requests/open", INTERVAL_MS, ({ ids }) => {
  if (ids.join(" ") === shown) return false;
  location.reload();
  return true;
});
