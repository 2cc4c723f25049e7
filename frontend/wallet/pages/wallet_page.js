/**
 * What this browser keeps: look at it, name it, save it as a file, delete it.
 */
import { isLocked, openStore } from "../../certificates/store.js";
import { findSuccessor } from "../../certificates/succession.js";
import { ExportDialog } from "../../certificates/views/export/export_dialog.js";
import { followViews, pageStatusWatch } from "../../certificates/views/page_status.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { showError } from "../../lib/dom/outcome_view.js";
import { byId, initPage, onClick } from "../../lib/dom/page.js";
import { messageOf } from "../../lib/error_messages.js";
import { lazy, loadModule } from "../../lib/lazy.js";
import { CoveredView } from "../views/covered_view.js";
import { InstallationView } from "../views/installation_view.js";
import { RenameDialog } from "../views/rename_dialog.js";
import { showStorage } from "../views/storage_view.js";
import { StoredCard } from "../views/stored_card.js";
import { VaultDialog } from "../views/vault_dialog.js";

initPage();
showUncaughtErrors();
const list = byId("wallet");
const watch = pageStatusWatch();
const visibility = pageVisibility();
/** Which one somebody came to delete, since a newer one arrived. */
let asked = readAsked();
/** @param {unknown} error */
const showFailure = (error) => showError(list, messageOf(error));
new InstallationView(import.meta.url).start();
try {
  const store = await openStore();
  const dialogs = {
    exporting: new ExportDialog(),
    removal: new RemovalDialog(store),
    rename: new RenameDialog(store),
    vault: new VaultDialog(),
  };
  const refresh = () => void show(store, dialogs, coveredView).catch(showFailure);
  const coveredView = new CoveredView(visibility, refresh);
  await show(store, dialogs, coveredView);
  offerBackup(store, refresh);
} catch (error) {
  showFailure(error);
}

/**
 * Hear the buttons of backups; their parts are loaded when one is pressed.
 * @param {import("../../certificates/store.js").Store} store
 * @param {() => void} refresh
 */
function offerBackup(store, refresh) {
  const goHome = () => {
    showSection("wallet-home");
    refresh();
    byId("wallet-title").focus();
  };
  const backup = lazy(async () => {
    const { BackupView } = await loadModule(() => import("../views/backup_view.js"));
    return new BackupView(goHome);
  });
  const restore = lazy(async () => {
    const { RestoreView } = await loadModule(() => import("../views/restore_view.js"));
    return new RestoreView(store, goHome);
  });
  onClick(byId("backup-open", HTMLButtonElement), async () => {
    const view = await backup();
    const { visible } = visibility.partition(await store.all());
    showSection("backup");
    view.open(visible);
  });
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll("[data-restore-open]");
  for (const button of buttons)
    onClick(button, async () => {
      const view = await restore();
      showSection("restore");
      view.open();
    });
}

/** @param {"wallet-home" | "backup" | "restore"} id */
function showSection(id) {
  for (const section of ["wallet-home", "backup", "restore"])
    byId(section).hidden = section !== id;
}

/**
 * @param {import("../../certificates/store.js").Store} store
 * @param {{exporting: ExportDialog, removal: RemovalDialog, rename: RenameDialog,
 *   vault: VaultDialog}} dialogs
 * @param {CoveredView} coveredView
 */
async function show(store, dialogs, coveredView) {
  const certificates = await store.all();
  const { visible, covered } = visibility.partition(certificates);
  coveredView.show(covered);
  byId("empty").hidden = certificates.length > 0;
  byId("receive").hidden = certificates.length === 0;
  const showAgain = () => {
    byId("wallet-title").focus();
    void show(store, dialogs, coveredView).catch(showFailure);
  };
  const sealed = (await store.vault())?.passwords ?? {};
  const cards = visible.map(
    (stored) =>
      new StoredCard(stored, {
        watch,
        successor: findSuccessor(stored, visible),
        isAsked: stored.id === asked,
        isSealed: Object.hasOwn(sealed, stored.id),
        save: () => isLocked(stored) && dialogs.exporting.open(stored, showAgain),
        rename: () => dialogs.rename.ask(stored, showAgain),
        seal: () => isLocked(stored) && void dialogs.vault.ask(stored, showAgain),
        remove: (state) => dialogs.removal.ask({ stored, state }, showAgain),
      }),
  );
  asked = null;
  list.replaceChildren(...cards.map(({ element }) => element));
  followViews(watch, cards);
  await showStorage(certificates);
}

/** Return what the address asks for, once. @returns {string | null} */
function readAsked() {
  const [, id = null] = /^#replaced=([0-9a-f]{64})$/.exec(location.hash) ?? [];
  if (id !== null) history.replaceState(history.state, "", location.pathname);
  return id;
}
