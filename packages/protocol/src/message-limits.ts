/** Levels of lists and objects in one value. Deeper ones overflow the stack of whoever walks over them without care. */
export const MAX_DEPTH = 1_000;

/** Levels in one frame: a value, and the message and the list of messages around it. */
export const MAX_FRAME_DEPTH = 1_010;

/** Values in one frame, however small: an empty list takes 2 bytes on the way and 16 or more in memory. */
export const MAX_VALUES = 4 * 2 ** 20;

/** Bytes of one frame. */
export const MAX_FRAME_BYTES = 64 * 2 ** 20;

/** Bytes of one frame before the handshake is over: there is no reason to say much. */
export const FIRST_FRAME_BYTES = 2 ** 20;

/** Messages in one frame: a side that says more in a turn sends several. */
export const MAX_BATCH = 4_096;
