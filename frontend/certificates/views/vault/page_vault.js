/**
 * The vault of the browser that this page runs in.
 */
import { _ } from "../../../lib/i18n.js";
import { lazy } from "../../../lib/lazy.js";
import { randomBytes } from "../../../lib/random.js";
import { openStore } from "../../store.js";
import { Vault } from "../../vault.js";

/** @returns {Vault} */
export const pageVault = () =>
  new Vault({
    openStore: lazy(() => openStore()),
    credentials: navigator.credentials,
    api: globalThis.PublicKeyCredential,
    random: randomBytes,
    now: () => Date.now(),
    names: () => ({
      site: location.hostname,
      name: _("Opens certificates here, not for signing in"),
      host: location.hostname,
    }),
  });
