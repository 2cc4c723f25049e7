/**
 * The six digits on the screen of the device at which a certificate arrives.
 */
import { byId, make, showView } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * Show the digits, in two groups.
 * @param {string} code
 * @param {string} device what the other device is called
 */
export function showCheckCode(code, device) {
  const digits = code.replace(/\D/g, "");
  byId("code-title").textContent = _("Type this number on %(device)s", { device });
  byId("code-then").textContent = _("Then follow the screen of %(device)s.", { device });
  const place = byId("check-code");
  place.setAttribute("aria-label", [...digits].join(" "));
  place.replaceChildren(
    make("span", {}, digits.slice(0, 3)),
    make("span", {}, digits.slice(3)),
  );
  showView("view-code");
}

/** Take them away: used digits need not be seen any longer. */
export function hideCheckCode() {
  const place = byId("check-code");
  place.replaceChildren();
  place.removeAttribute("aria-label");
}
