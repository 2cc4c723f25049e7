/**
 * What a phone loads when it is the one that sends: its certificates, and the views.
 *
 * A file of its own with its own words, which the server adds as its default export.
 */
export { setMessages as speak } from "../../lib/i18n.js";
export { CertificatePicker, listPickable } from "../views/certificate_picker.js";
export { SenderViews } from "../views/sender_views.js";
