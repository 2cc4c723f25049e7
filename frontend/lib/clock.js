/**
 * The time of the centre: that of this device, but in a demo whose clock was set ahead.
 */

/** @returns {number} milliseconds since 1970 */
export const now = () =>
  Date.now() + Number(globalThis.document?.documentElement?.dataset?.clockAhead ?? 0);
