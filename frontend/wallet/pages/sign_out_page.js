/**
 * Before a sign-out on a device that several people use: what of this person's stays.
 */
import { certificateIdFor } from "../../certificates/status_watch.js";
import { openStore } from "../../certificates/store.js";
import { CertificateCard } from "../../certificates/views/certificate_card.js";
import { describeOrigin } from "../../certificates/views/certificate_display.js";
import { followViews, pageStatusWatch } from "../../certificates/views/page_status.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { makeButton, makeLink, showError } from "../../lib/dom/outcome_view.js";
import { byId, initPage, make } from "../../lib/dom/page.js";
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
  showFailure(error);
}

/** @param {Store} store @param {RemovalDialog} removalDialog */
async function show(store, removalDialog) {
  const { visible } = pageVisibility().partition(await store.all());
  const hasCertificates = visible.length > 0;
  byId("leaving-what").hidden = byId("leaving-keep").hidden = !hasCertificates;
  byId("leaving-none").hidden = byId("leaving-go").hidden = hasCertificates;
  const cards = visible.map((stored) =>
    makeCard(stored, (state) =>
      removalDialog.ask({ stored, state }, () => {
        byId("leaving-title").focus();
        void show(store, removalDialog).catch(showFailure);
      }),
    ),
  );
  list.replaceChildren(...cards.map(({ element }) => element));
  followViews(watch, cards);
}

/** @param {unknown} error */
function showFailure(error) {
  showError(list, messageOf(error));
}

/**
 * @param {StoredCertificate} stored
 * @param {(state: import("../../certificates/validity.js").State) => void} askRemoval
 */
function makeCard(stored, askRemoval) {
  const certificate = readCertificate(stored.certificate);
  const id = certificateIdFor(stored, certificate);
  const remove = makeButton(_("Delete from this device"), "plain", () =>
    askRemoval(watch.validityOf(id, certificate).state),
  );
  const move = makeLink(_("Move to another device"), "plain", `/move#send=${stored.id}`);
  const ways = stored.key ? [remove] : [remove, move];
  const actions = make("div", { class: "actions" }, ...ways);
  const place = describeOrigin(stored);
  return new CertificateCard(certificate, id, { watch, place }, actions);
}
