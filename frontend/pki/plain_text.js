/**
 * Text from strangers, made harmless to show.
 */

// Controls, format characters (the bidi ones among them), separators of lines,
// unpaired surrogates, and the Hangul fillers, which look like nothing at all.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/gu;

/**
 * Return `text` with every character that hides or reorders replaced by U+FFFD.
 * @param {string} text
 * @returns {string}
 */
export const plainText = (text) => text.replace(HIDDEN, "\uFFFD");
