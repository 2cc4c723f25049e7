/**
 * Waiting for the counter: ask now and then, and go on when there is an answer.
 */
import { begin } from "../../lib/dom/page.js";
import { get } from "../../lib/http.js";

const EVERY = 4_000;

begin();
const waiting = document.querySelector("[data-approval]");
if (waiting) setTimeout(ask, EVERY);

/** A question that is not answered is asked again; the person sees no difference. */
async function ask() {
  const where = waiting?.getAttribute("data-approval") ?? "";
  const answer = await get(where).catch(() => null);
  const { state = "waiting" } = (await answer?.json().catch(() => null)) ?? {};
  if (state === "declined") location.reload();
  else if (state !== "waiting")
    location.assign(waiting?.getAttribute("data-next") ?? "/");
  else setTimeout(ask, EVERY);
}
