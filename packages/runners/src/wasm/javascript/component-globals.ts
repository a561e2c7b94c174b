import { utf8Length } from "./text-codec.ts";

/** What the protocol asks of Node's `Buffer`; the build puts it in its place. */
export const __utf8Length = utf8Length;
