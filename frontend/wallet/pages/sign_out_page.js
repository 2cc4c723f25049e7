/**
 * Before a sign-out on a device that several people use: what of this person's stays.
 */
import { CertificateCard } from "../../certificates/views/certificate_card.js";
import { pageVisibility } from "../../certificates/visibility.js";
import { describeOrigin } from "../../certificates/views/certificate_face.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { certificateIdFor, pageStatusWatch } from "../../certificates/status_watch.js";
import { openStore } from "../../certificates/store.js";
import { initPage, byId, make } from "../../lib/dom/page.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { makeButton, makeLink, showError } from "../../lib/dom/outcome_view.js";
import { messageOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { readCertificate } from "../../pki/certificate.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/store.js").Store} Store */

initPage();
showUncaughtErrors();
const list = byId("leaving");
const watch = pageStatusWatch();
try {
  const store = await openStore();
  await show(store, new RemovalDialog(store));
} catch (error) {
  showError(list, messageOf(error));
}

/**
 * @param {Store} store
 * @param {RemovalDialog} removalDialog
 */
async function show(store, removalDialog) {
  const { visible: shown } = pageVisibility().partition(await store.all());
  const hasCertificates = shown.length > 0;
  byId("leaving-what").hidden = byId("leaving-keep").hidden = !hasCertificates;
  byId("leaving-none").hidden = byId("leaving-go").hidden = hasCertificates;
  list.replaceChildren(...shown.map((each) => makeCard(each, { store, removalDialog: removalDialog })));
}

/**
 * @param {StoredCertificate} stored
 * @param {{store: Store, removalDialog: RemovalDialog}} how
 */
function makeCard(stored, { store, removalDialog: removalDialog }) {
  const certificate = readCertificate(stored.certificate);
  const id = certificateIdFor(stored, certificate);
  const remove = makeButton(_("Delete from this device"), "plain", () =>
    removalDialog.ask(
      { certificate: stored, state: watch.validityOf(id, certificate).state },
      () => {
        byId("leaving-title").focus();
        void show(store, removalDialog).catch((error) => showError(list, messageOf(error)));
      },
    ),
  );
  const move = makeLink(_("Move to another device"), "plain", `/move#send=${stored.id}`);
  const card = new CertificateCard(
    certificate,
    { validity: watch.validityOf(id, certificate), place: describeOrigin(stored) },
    make("div", { class: "actions" }, remove, move),
  );
  void watch.follow([id], () => card.update(watch.validityOf(id, certificate)));
  return card.element;
}
