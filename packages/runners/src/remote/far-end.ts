import type { HostError, ResourceUsage } from "@berth/contract";
import type { Link } from "@berth/protocol";

/** Why a far end is gone: a sentence without full stop, such as `it was ended by SIGKILL`, or the error of the limit that ended it. */
export type Ending = string | HostError;

/** The other end of a channel: a thread or a process with a guest in it, already started. */
export interface FarEnd {
  readonly link: Link;
  /** Settles when nothing of it runs any more, or it was given up as stuck. Never rejects. */
  readonly gone: Promise<Ending>;
  /** Begins to end it; the first ending is the one that `gone` tells, unless it knows a better one. */
  kill(ending: Ending): void;
  /** What the link reads beside what it uses, best first, for the plugin to know. */
  readonly encodings?: readonly string[];
  /** The handshake is over, and the plugin reads these. */
  onGreeted?(encodings: readonly string[]): void;
  /** Whether it ran without a pause since this was last asked, where that can be seen without waking it. */
  runsOn?(): boolean;
  /** Once it is gone: present when it was given up as stuck; settles when it has ended after all. */
  readonly stuck?: Promise<void> | undefined;
  /** What runs there uses of the machine. */
  usage?(): Promise<ResourceUsage>;
  /** Of the process, where it is one. */
  readonly pid?: number;
}
