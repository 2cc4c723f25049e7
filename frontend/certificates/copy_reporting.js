/**
 * Tell the centre what happened to a copy: the kind of place, and nothing more.
 */
import { post } from "../lib/http.js";

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
