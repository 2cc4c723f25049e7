/**
 * The code that a page shows for another device: a QR code, or a number to type.
 */
import { byId, drawSvg, make, showView } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * Show one.
 * @param {{qrText: string | null, number: string | null}} code
 * @param {{what: string, dir: "GS" | "SG", isRenewed: boolean}} about `dir`: which side
 *   types the digits that follow
 */
export async function showCode({ qrText, number }, { what, dir, isRenewed }) {
  for (const place of document.querySelectorAll("[data-what]")) place.textContent = what;
  for (const place of document.querySelectorAll("[data-renewed]"))
    place.textContent = isRenewed
      ? _("The one before had expired. This is a fresh one.")
      : "";
  for (const place of document.querySelectorAll("[data-dir]"))
    /** @type {HTMLElement} */ (place).hidden = place.getAttribute("data-dir") !== dir;
  if (number !== null) return showNumber(number);
  const { drawQr } = await import("./qr.js");
  drawSvg(byId("qr"), drawQr(qrText ?? "").svg);
  showView("view-showing");
}

/** @returns {"Q" | "T"} what is shown now, or was shown last */
export const shownMode = () => (byId("view-number").hidden ? "Q" : "T");

/** @param {string} number */
function showNumber(number) {
  const place = byId("number");
  const groups = number.match(/\d{4}/g) ?? [];
  const spoken = groups.map((group) => [...group].join(" ")).join(", ");
  place.setAttribute("aria-label", spoken);
  place.replaceChildren(...groups.map((group) => make("span", {}, group)));
  showView("view-number");
}
