/**
 * What this browser keeps: look at it, name it, save it as a file, delete it.
 */
import { openStore } from "../../certificates/store.js";
import { ExportDialog } from "../../certificates/views/export_dialog.js";
import { followViews, pageStatusWatch } from "../../certificates/views/page_status.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { showError } from "../../lib/dom/outcome_view.js";
import { byId, initPage } from "../../lib/dom/page.js";
import { messageOf } from "../../lib/error_messages.js";
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
} catch (error) {
  showFailure(error);
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
        isSealed: Object.hasOwn(sealed, stored.id),
        save: () => dialogs.exporting.open(stored, showAgain),
        rename: () => dialogs.rename.ask(stored, showAgain),
        seal: () => void dialogs.vault.ask(stored, showAgain),
        remove: (state) => dialogs.removal.ask({ stored, state }, showAgain),
      }),
  );
  list.replaceChildren(...cards.map(({ element }) => element));
  followViews(watch, cards);
  await showStorage(certificates.length > 0);
}
