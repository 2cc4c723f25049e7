/**
 * Errors by code: pages turn a code into a sentence (error_messages.js).
 */

/** Something was refused. Its message, for developers, is the code. */
export class CodedError extends Error {
  /**
   * @param {string} code stable
   * @param {ErrorOptions} [options]
   */
  constructor(code, options) {
    super(code, options);
    /** @readonly */ this.code = code;
  }
}
