/**
 * Handing a file to another app by the share sheet of the device (Web Share Level 2).
 */
import { CodedError, errorName } from "../../../lib/errors.js";
import "./share_messages.js";

/** Tell whether this browser hands files of a type to other apps. @param {string} type */
export function canShareFiles(type) {
  if (typeof navigator.canShare !== "function") return false;
  return navigator.canShare({ files: [new File([Uint8Array.of(0)], "a.p12", { type })] });
}

/**
 * Open the share sheet for a file, and return when an app has taken it.
 * @param {string} name
 * @param {import("../../../lib/bytes.js").Bytes} bytes
 * @param {string} type
 * @returns {Promise<boolean>} false where the person closed the sheet
 * @throws {CodedError} `share_again` where the press is too long ago, `share_refused`
 *   where this browser shares no files of this kind
 */
export async function shareFile(name, bytes, type) {
  const wasPressed = navigator.userActivation?.isActive ?? true;
  try {
    await navigator.share({ files: [new File([bytes], name, { type })] });
    return true;
  } catch (error) {
    if (errorName(error) === "AbortError") return false;
    throw new CodedError(wasPressed ? "share_refused" : "share_again", { cause: error });
  }
}
