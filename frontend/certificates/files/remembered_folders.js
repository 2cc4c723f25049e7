/**
 * Folders on disks that a person chose before, to be offered again.
 *
 * Only where a folder is, as the browser hands it over: whether it may be written to is
 * asked anew each time. In a database of its own, since it is no certificate.
 */
import { openDB } from "idb";

/** @typedef {import("./disk_export.js").Disk} Disk */
/** @typedef {import("./disk_export.js").FolderHandle} FolderHandle */
/** @typedef {{get(disk: Disk): Promise<FolderHandle | null>,
 *   put(disk: Disk, folder: FolderHandle): Promise<void>,
 *   forget(disk: Disk): Promise<void>}} RememberedFolders
 */

const NAME = "certferry-folders";
const TABLE = "folders";

/**
 * Return what remembers folders; where the browser keeps nothing, it remembers none.
 * @returns {RememberedFolders}
 */
export function rememberedFolders() {
  const open = () =>
    openDB(NAME, 1, { upgrade: (database) => void database.createObjectStore(TABLE) });
  return {
    async get(disk) {
      return inDatabase(open, (database) => database.get(TABLE, disk));
    },
    async put(disk, folder) {
      await inDatabase(open, (database) => database.put(TABLE, folder, disk));
    },
    async forget(disk) {
      await inDatabase(open, (database) => database.delete(TABLE, disk));
    },
  };
}

/**
 * @param {() => Promise<import("idb").IDBPDatabase>} open
 * @param {(database: import("idb").IDBPDatabase) => Promise<any>} work
 * @returns {Promise<any>} null where it could not be done: nothing depends on it
 */
async function inDatabase(open, work) {
  try {
    const database = await open();
    try {
      return (await work(database)) ?? null;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}
