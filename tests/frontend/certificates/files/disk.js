/** A disk as the File System Access API has it, which may stop at any moment. */

/** @param {string} name */
export const named = (name) => Object.assign(new Error(), { name });

/** What a disk and all its folders share. */
class Power {
  /** How many changes are still made before it is switched off. */ changes = Infinity;

  /** Count a change that is about to be made. */
  use() {
    if (this.changes <= 0) throw named("InvalidStateError");
    this.changes -= 1;
  }
}

/** A folder of a disk. */
export class Folder {
  kind = "directory";
  /** @type {Map<string, Folder | Uint8Array>} */ entries = new Map();
  /** @type {(bytes: Uint8Array) => Uint8Array} */ store = (bytes) => bytes;
  /** @type {string[]} what was asked of the person */ permissions = [];
  #power;

  /** @param {string} name @param {Power} [power] */
  constructor(name = "USB", power = new Power()) {
    this.name = name;
    this.#power = power;
  }

  /** Switch the disk off after so many changes. @param {number} changes */
  stopAfter(changes) {
    this.#power.changes = changes;
  }

  /** @param {string} name @param {{create?: boolean}} [how] */
  async getFileHandle(name, { create = false } = {}) {
    const entry = this.entries.get(name);
    if (entry instanceof Folder) throw named("TypeMismatchError");
    if (entry === undefined && !create) throw named("NotFoundError");
    if (entry === undefined) {
      this.#power.use();
      this.entries.set(name, new Uint8Array());
    }
    return this.#fileHandle(name);
  }

  /** @param {string} name @param {{create?: boolean}} [how] */
  async getDirectoryHandle(name, { create = false } = {}) {
    const entry = this.entries.get(name);
    if (entry instanceof Folder) return entry;
    if (entry !== undefined) throw named("TypeMismatchError");
    if (!create) throw named("NotFoundError");
    this.#power.use();
    const folder = new Folder(name, this.#power);
    folder.store = this.store;
    this.entries.set(name, folder);
    return folder;
  }

  /** Of a folder with all that is in it: each entry goes by itself. @param {string} name @param {{recursive?: boolean}} [how] */
  async removeEntry(name, { recursive = false } = {}) {
    const entry = this.entries.get(name);
    if (entry === undefined) throw named("NotFoundError");
    if (entry instanceof Folder && entry.entries.size > 0) {
      if (!recursive) throw named("InvalidModificationError");
      for (const inside of [...entry.entries.keys()]) await entry.removeEntry(inside, { recursive });
    }
    this.#power.use();
    this.entries.delete(name);
  }

  async *values() {
    for (const [name, entry] of this.entries)
      yield entry instanceof Folder ? entry : this.#fileHandle(name);
  }

  requestPermission = async () => this.permissions.shift() ?? "granted";

  /** @returns {Record<string, Uint8Array>} all files by path */
  get files() {
    return Object.fromEntries(
      [...this.entries].flatMap(([name, entry]) =>
        entry instanceof Folder
          ? Object.entries(entry.files).map(([path, bytes]) => [`${name}/${path}`, bytes])
          : [[name, entry]],
      ),
    );
  }

  /** @param {string} name */
  #fileHandle(name) {
    return {
      kind: "file",
      name,
      createWritable: async () => {
        let written = new Uint8Array();
        return {
          write: async (/** @type {Uint8Array} */ bytes) => void (written = Uint8Array.from(this.store(bytes))),
          close: async () => {
            this.#power.use();
            this.entries.set(name, written);
          },
        };
      },
      getFile: async () => new Blob([Uint8Array.from(/** @type {any} */ (this.entries.get(name)))]),
    };
  }
}
