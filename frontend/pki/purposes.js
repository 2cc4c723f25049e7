/**
 * What certificates of the accredited issuers are for, by their policy. Pure.
 *
 * The policies are those that verifying sites list; one that is not here has no words.
 */
import { _ } from "../lib/i18n.js";

const PERSONAL = () => _("Personal, general purpose");
const CORPORATE = () => _("Corporate, general purpose");
const BANK = () => _("Personal, for banks and insurance");
const CORPORATE_BANK = () => _("Corporate, for banks");
const SECURITIES = () => _("Personal, for securities and insurance");
const CARD = () => _("For credit cards");
const TAX = () => _("For electronic tax invoices");

const PURPOSES = new Map([
  ["1.2.410.200005.1.1.1", PERSONAL],
  ["1.2.410.200005.1.1.5", CORPORATE],
  ["1.2.410.200005.1.1.4", BANK],
  ["1.2.410.200005.1.1.2", CORPORATE_BANK],
  ["1.2.410.200005.1.1.6.2", CARD],
  ["1.2.410.200005.1.1.6.8", TAX],
  ["1.2.410.200004.5.2.1.2", PERSONAL],
  ["1.2.410.200004.5.2.1.1", CORPORATE],
  ["1.2.410.200004.5.2.1.7.1", BANK],
  ["1.2.410.200004.5.2.1.7.2", SECURITIES],
  ["1.2.410.200004.5.2.1.7.3", CARD],
  ["1.2.410.200004.5.2.1.6.257", TAX],
  ["1.2.410.200004.5.1.1.5", PERSONAL],
  ["1.2.410.200004.5.1.1.7", CORPORATE],
  ["1.2.410.200004.5.1.1.9", SECURITIES],
  ["1.2.410.200004.5.1.1.9.2", CARD],
  ["1.2.410.200004.5.4.1.1", PERSONAL],
  ["1.2.410.200004.5.4.1.2", CORPORATE],
  ["1.2.410.200004.5.4.1.101", BANK],
  ["1.2.410.200004.5.4.1.102", SECURITIES],
  ["1.2.410.200004.5.4.1.103", CARD],
  ["1.2.410.200012.1.1.1", PERSONAL],
  ["1.2.410.200012.1.1.3", CORPORATE],
  ["1.2.410.200012.1.1.101", BANK],
  ["1.2.410.200012.1.1.103", SECURITIES],
  ["1.2.410.200012.1.1.105", CARD],
]);

/**
 * Return what a certificate is for, in the language of the page.
 * @param {string | null | undefined} policy
 * @returns {string} empty where that is not known
 */
export const purposeCalled = (policy) => PURPOSES.get(policy ?? "")?.() ?? "";
