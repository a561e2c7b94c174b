/** Descriptors a launcher starts with. It closes all but the channel before the program starts. */
export const DESCRIPTORS = { channel: 3, arguments: 4, filter: 5, info: 6 } as const;

/** How many there are from 3 on. */
export const DESCRIPTOR_COUNT = Object.keys(DESCRIPTORS).length;
