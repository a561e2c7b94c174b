/** What a watchdog finds out about the event loop of one plugin. */
export type Pulse =
  /** It has not answered for so long. */
  | { kind: "unresponsive"; silentMs: number }
  /** It answers again, after so long. */
  | { kind: "responsive"; silentMs: number }
  /** It was ended and runs on all the same, in code that nothing can end. */
  | { kind: "stuck"; reason: string }
  /** What was stuck has ended after all. */
  | { kind: "freed" };

/** A pulse, and whose it is. */
export type GenerationPulse = Pulse & { generation: number };
