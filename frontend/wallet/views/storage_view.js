/**
 * How safely this browser keeps what is here: only what it says itself.
 */
import { offerPersistence } from "../../certificates/views/persistence.js";
import { isLocked } from "../../certificates/store.js";
import { byId } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * Say whether the browser promised to keep what is here, and offer to ask it.
 * @param {import("../../certificates/store.js").StoredCertificate[]} certificates where
 *   there are none, there is nothing to say
 */
export async function showStorage(certificates) {
  byId("storage").hidden = certificates.length === 0;
  if (certificates.length === 0) return;
  void offerPersistence();
  const isPromised = await navigator.storage?.persisted?.().catch(() => false);
  const promise =
    isPromised === true
      ? _(
          "The browser promised not to clear it by itself. It is gone all the same when " +
            "somebody clears the data of this site, or when this device is lost or reset.",
        )
      : _(
          "The browser has promised nothing: it may clear it when space runs out, on an " +
            "iPhone or iPad also after seven days without a visit.",
        );
  const advice = certificates.some(isLocked)
    ? _("Keep a second copy.")
    : _("A key that cannot be copied is lost then: have the certificate re-issued.");
  byId("storage-note").textContent = `${promise} ${advice}`;
}
