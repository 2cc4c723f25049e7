/**
 * What this browser keeps: look at it, save it as a file, delete it.
 */
import { coveringHere } from "../../certificates/visibility.js";
import { ExportDialog } from "../../certificates/views/export_dialog.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { watchHere } from "../../certificates/status_watch.js";
import { openStore } from "../../certificates/store.js";
import { offerPersistence } from "../../certificates/views/persistence.js";
import { showClock } from "../../certificates/views/validity_text.js";
import { begin, byId } from "../../lib/dom/page.js";
import { sayFaults } from "../../lib/dom/fault_notice.js";
import { showRefusal } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { readCertificate } from "../../pki/certificate.js";
import { CoveredViews } from "../views/covered_view.js";
import { KeptCard } from "../views/stored_card.js";

/** @typedef {import("../../certificates/store.js").Holding} Holding */

begin();
sayFaults();
const list = byId("wallet");
const exporting = new ExportDialog();
const watch = watchHere();
const covering = coveringHere();
try {
  const store = await openStore();
  const removing = new RemovalDialog(store);
  const again = () =>
    void show(store, removing, views).catch((error) => showRefusal(list, saidOf(error)));
  const views = new CoveredViews(covering, again);
  await show(store, removing, views);
} catch (error) {
  showRefusal(list, saidOf(error));
}

/**
 * @param {import("../../certificates/store.js").Store} store
 * @param {RemovalDialog} removing
 * @param {CoveredViews} views
 */
async function show(store, removing, views) {
  byId("storage-note").hidden = true;
  const held = await store.all();
  const { shown: holdings, covered } = covering.split(held);
  views.show(covered);
  byId("empty").hidden = held.length > 0;
  byId("receive").hidden = held.length === 0;
  const shown = holdings.map(
    (holding) =>
      new KeptCard(holding, readCertificate(holding.certificate), {
        watch,
        save: () => exporting.open(holding),
        remove: (state) =>
          removing.ask({ holding, state }, () => {
            byId("wallet-title").focus();
            void show(store, removing, views).catch((error) =>
              showRefusal(list, saidOf(error)),
            );
          }),
      }),
  );
  list.replaceChildren(...shown.map(({ element }) => element));
  void watch.follow(
    shown.map(({ id }) => id),
    () => {
      for (const each of shown) each.update();
      showClock(watch);
    },
  );
  if (holdings.length > 0) await sayHowSafe();
}

/** Say whether the browser promised to keep what is here. */
async function sayHowSafe() {
  void offerPersistence();
  const promised = await navigator.storage?.persisted?.().catch(() => false);
  const note = byId("storage-note");
  note.hidden = promised === true;
  note.textContent = _(
    "The browser may clear its storage when space runs out or after a long time without " +
      "a visit. Save the certificate as a file too, and add this page to the home screen.",
  );
}
