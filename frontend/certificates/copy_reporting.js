/**
 * Tell the centre what happened to a copy: the kind of place, and nothing more.
 */
import { post } from "../lib/http.js";
import { openStore } from "./store.js";

/**
 * Tell it, and go on whatever it answers: the copy is where it is. Only the centre that
 * issued a certificate is told, and only while its holder is signed in.
 * @param {string | undefined} serverId the certificate's id at the centre
 * @param {"file" | "phone" | "computer" | "browser"} place
 * @param {"saved" | "sent" | "removed"} event
 * @returns {Promise<void>}
 */
export async function reportCopy(serverId, place, event) {
  if (!serverId) return;
  const address = `/certificates/${encodeURIComponent(serverId)}/kept`;
  await post(address, { place, how: event }).catch(() => undefined);
}

/**
 * Remember here that a copy was put somewhere else. What cannot be remembered stands in
 * no one's way: the copy is where it is.
 * @param {string} id of the certificate in this browser
 * @param {import("./store.js").CopyPlace} place
 * @returns {Promise<void>}
 */
export async function rememberCopy(id, place) {
  try {
    const store = await openStore();
    await store.addCopy(id, { place, at: Date.now() });
    store.close();
  } catch {
    // It was moved away, or the browser keeps nothing.
  }
}

/**
 * Note that a copy was put somewhere from this browser: here, and at the centre.
 * @param {{id: string, serverId?: string}} stored
 * @param {"file" | "phone" | "computer"} place
 * @param {"saved" | "sent"} event
 * @returns {Promise<void>}
 */
export async function noteCopy({ id, serverId }, place, event) {
  await rememberCopy(id, place);
  await reportCopy(serverId, place, event);
}
