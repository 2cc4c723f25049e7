/**
 * Waiting for the counter: ask now and then, and go on when there is an answer.
 */
import { initPage } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";

const POLL_INTERVAL_MS = 4_000;

initPage();
const waiting = document.querySelector("[data-approval]");
if (waiting) setTimeout(poll, POLL_INTERVAL_MS);

/** A question that is not answered is asked again; the person sees no difference. */
async function poll() {
  const url = waiting?.getAttribute("data-approval") ?? "";
  const response = await get(url).catch(() => null);
  const { state = "waiting" } = (await response?.json().catch(() => null)) ?? {};
  if (state === "declined") location.reload();
  else if (state !== "waiting")
    location.assign(waiting?.getAttribute("data-next") ?? "/");
  else setTimeout(poll, POLL_INTERVAL_MS);
}
