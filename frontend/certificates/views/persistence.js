/**
 * Asking the browser not to clear what is kept here.
 *
 * Some browsers ask the person, who may never answer: nothing waits for this, and the
 * question comes only after a press.
 */
import { byId, onPress } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * Ask where the browser decides by itself, without a question to anybody.
 *
 * Chromium does; Firefox shows a question. The one that names itself here is Chromium.
 */
export function persistQuietly() {
  if ("userAgentData" in navigator) void persist();
}

/** Offer to ask, where the browser has not promised yet and can be asked. */
export async function offerPersistence() {
  const { storage } = navigator;
  if (typeof storage?.persist !== "function") return;
  onPress(byId("persist-go", HTMLButtonElement), () => ask());
  const isPromised = await storage.persisted().catch(() => false);
  byId("persist").hidden = isPromised;
}

async function ask() {
  const status = byId("persist-status");
  status.textContent = _("If the browser asks you now, allow it.");
  const isPromised = await persist();
  byId("persist-go").hidden = isPromised;
  status.textContent = isPromised
    ? _("The browser promised to keep it.")
    : _("The browser did not promise it. Save the certificate as a file too.");
}

/** @returns {Promise<boolean>} */
async function persist() {
  try {
    return await navigator.storage.persist();
  } catch {
    return false;
  }
}
