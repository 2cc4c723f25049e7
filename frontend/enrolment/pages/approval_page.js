/**
 * Waiting for the counter: ask now and then, and go on when there is an answer.
 */
import { initPage } from "../../lib/dom/page.js";
import { poll } from "../../lib/poll.js";

initPage();
const waiting = document.querySelector("[data-approval]");
if (waiting)
  poll(waiting.getAttribute("data-approval") ?? "", 4_000, ({ state = "waiting" }) => {
    if (state === "declined") location.reload();
    else if (state !== "waiting") location.assign(waiting.getAttribute("data-next") ?? "/");
    return state !== "waiting";
  });
