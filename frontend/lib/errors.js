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

/** The name of an error of the platform, such as `AbortError`. @param {unknown} error */
export const errorName = (error) =>
  /** @type {{name?: string}} */ (error ?? {}).name ?? "";

/** The code of an error, empty where it has none. @param {unknown} error */
export function errorCode(error) {
  const { code } = /** @type {{code?: unknown}} */ (error ?? {});
  return typeof code === "string" ? code : "";
}

/**
 * Do `work`; an error of the platform becomes one of ours, one of ours stays as it is.
 * @template T
 * @param {() => Promise<T>} work
 * @param {typeof CodedError} Type
 * @param {string} fallback the code of what is not in `codes`
 * @param {Record<string, string>} [codes] by the name of the platform's error
 * @returns {Promise<T>}
 */
export async function withCodes(work, Type, fallback, codes = {}) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Type) throw error;
    throw new Type(codes[errorName(error)] ?? fallback, { cause: error });
  }
}
