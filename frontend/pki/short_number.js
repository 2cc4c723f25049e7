/**
 * The short number of a certificate: what people tell it by, at home and on the phone.
 *
 * The end of the serial number: sequential numbers of other issuers differ there too.
 * Pure. Twin of mobile_bridge/pki/short_number.py; both read
 * tests/vectors/short_numbers.json.
 */

const DIGITS = 8;
const GROUP = 4;

/**
 * Return the short number as it is shown.
 * @param {string} serial hexadecimal, with or without leading zeros
 * @returns {string} like 3F7A-91C2
 */
export function shortNumber(serial) {
  const digits = serial.slice(-DIGITS).padStart(DIGITS, "0").toUpperCase();
  return `${digits.slice(0, GROUP)}-${digits.slice(GROUP)}`;
}
