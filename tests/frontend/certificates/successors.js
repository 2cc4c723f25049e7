/** A certificate, the one that renews it, and others that only look alike. */
import { TAG } from "../../../frontend/pki/der/der_writer.js";
import { createKeyPair } from "../../../frontend/pki/key_pair.js";
import { characters, makeCertificate, nameOf } from "../pki/makers.js";

const [FIRST, SECOND] = [await createKeyPair("p-256"), await createKeyPair("p-256")];

/** @param {string} from @param {string} until */
const times = (from, until) => [characters(from, TAG.UTC_TIME), characters(until, TAG.UTC_TIME)];
const EARLY = times("251122000000Z", "261222145959Z");
const LATE = times("261122000000Z", "271122145959Z");

/** @param {typeof FIRST} pair @param {Partial<Parameters<typeof makeCertificate>[0]>} [wish] */
const make = ({ spki, privateKey }, wish = {}) => makeCertificate({ spki, signer: privateKey, ...wish });

export const OLD = await make(FIRST, { times: EARLY });
export const NEW = await make(SECOND, { times: LATE, serial: Uint8Array.of(2) });
export const OF_ANOTHER = await make(FIRST, { times: EARLY, subject: nameOf("이두리(LEE DURI)0000005678") });
export const OF_ANOTHER_ISSUER = await make(FIRST, { times: EARLY, issuer: nameOf("another CA") });
export const WITH_THE_SAME_KEY = await make(SECOND, { times: EARLY });
