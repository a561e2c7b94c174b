/** What the shell is told. 128 + n means: ended by signal n, after a drain. */
export const EXIT = {
  ok: 0,
  /** Something that was asked for failed. */
  failed: 1,
  /** The command line or a configuration file is wrong; nothing was done. */
  usage: 2,
  interrupted: 130,
  terminated: 143,
} as const;
