/**
 * Asking the browser not to clear what is kept here.
 *
 * Some browsers ask the person, who may never answer: nothing waits for this, and the
 * question comes only after a press.
 */
import { byId, onClick } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * Ask where the browser decides by itself, without a question to anybody.
 *
 * Chromium does; Firefox shows a question. The one that names itself here is Chromium.
 */
export function requestPersistenceSilently() {
  if ("userAgentData" in navigator) void requestPersistence();
}

/** Offer to ask, where the browser has not promised yet and can be asked. */
export async function offerPersistence() {
  const { storage } = navigator;
  if (typeof storage?.persist !== "function") return;
  onClick(byId("persist-go", HTMLButtonElement), () => requestOnClick());
  const isPromised = await storage.persisted().catch(() => false);
  byId("persist").hidden = isPromised;
}

async function requestOnClick() {
  const status = byId("persist-status");
  status.textContent = _("If the browser asks you now, allow it.");
  const isPromised = await requestPersistence();
  byId("persist-go").hidden = isPromised;
  status.textContent = isPromised
    ? _("The browser promised to keep it.")
    : _("The browser did not promise it. Save the certificate as a file too.");
}

/** @returns {Promise<boolean>} */
async function requestPersistence() {
  try {
    return await navigator.storage.persist();
  } catch {
    return false;
  }
}
