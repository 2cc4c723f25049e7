/**
 * What this browser keeps: look at it, save it as a file, delete it.
 */
import { openStore } from "../../certificates/store.js";
import { ExportDialog } from "../../certificates/views/export_dialog.js";
import { followViews, pageStatusWatch } from "../../certificates/views/page_status.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { offerPersistence } from "../../certificates/views/persistence.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { showError } from "../../lib/dom/outcome_view.js";
import { byId, initPage } from "../../lib/dom/page.js";
import { messageOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { CoveredView } from "../views/covered_view.js";
import { StoredCard } from "../views/stored_card.js";

initPage();
showUncaughtErrors();
const list = byId("wallet");
const exportDialog = new ExportDialog();
const watch = pageStatusWatch();
const visibility = pageVisibility();
/** @param {unknown} error */
const showFailure = (error) => showError(list, messageOf(error));
try {
  const store = await openStore();
  const removalDialog = new RemovalDialog(store);
  const refresh = () => void show(store, removalDialog, coveredView).catch(showFailure);
  const coveredView = new CoveredView(visibility, refresh);
  await show(store, removalDialog, coveredView);
} catch (error) {
  showFailure(error);
}

/**
 * @param {import("../../certificates/store.js").Store} store
 * @param {RemovalDialog} removalDialog
 * @param {CoveredView} coveredView
 */
async function show(store, removalDialog, coveredView) {
  byId("storage-note").hidden = true;
  const certificates = await store.all();
  const { visible, covered } = visibility.partition(certificates);
  coveredView.show(covered);
  byId("empty").hidden = certificates.length > 0;
  byId("receive").hidden = certificates.length === 0;
  const showAgain = () => {
    byId("wallet-title").focus();
    void show(store, removalDialog, coveredView).catch(showFailure);
  };
  const cards = visible.map(
    (stored) =>
      new StoredCard(stored, {
        watch,
        save: () => exportDialog.open(stored),
        remove: (state) => removalDialog.ask({ stored, state }, showAgain),
      }),
  );
  list.replaceChildren(...cards.map(({ element }) => element));
  followViews(watch, cards);
  if (visible.length > 0) await showPersistence();
}

/** Say whether the browser promised to keep what is here. */
async function showPersistence() {
  void offerPersistence();
  const isPromised = await navigator.storage?.persisted?.().catch(() => false);
  const note = byId("storage-note");
  note.hidden = isPromised === true;
  note.textContent = _(
    "The browser may clear its storage when space runs out or after a long time without " +
      "a visit. Save the certificate as a file too, and add this page to the home screen.",
  );
}
