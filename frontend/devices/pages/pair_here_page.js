/**
 * Pairing the browser in which somebody is signed in: it makes its key, and one press does
 * the rest.
 */
import { hex } from "../../lib/bytes.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { runWithButton } from "../../lib/dom/outcome_view.js";
import { byId, initPage, onSubmit } from "../../lib/dom/page.js";
import { post } from "../../lib/http.js";
import "../device_messages.js";
import { keepDevice, prepareDevice, readDevice } from "../device_store.js";

initPage();
showUncaughtErrors();
if ((await readDevice()) !== null) location.replace("/device");
else onSubmit(byId("here-form", HTMLFormElement), () => void pair());

async function pair() {
  const button = byId("here-go", HTMLButtonElement);
  const isPaired = await runWithButton(button, byId("here-refused"), async () => {
    const record = await prepareDevice();
    await keepDevice(record); // before anything depends on it
    const body = { key: hex(record.publicKey), name: byId("name", HTMLInputElement).value };
    const { device, name, account } = await (await post("/me/devices/here", body)).json();
    await keepDevice({ ...record, id: device, name, account });
  });
  if (isPaired) location.assign("/device");
}
