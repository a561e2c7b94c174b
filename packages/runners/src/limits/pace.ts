/** How soon the governor looks at a tree again. */
export const PACE = {
  /** Nothing of it ran for a while. */
  restMs: 250,
  calmMs: 100,
  /** More than half of a limit is used. */
  nearMs: 25,
  /** A limit may be reached by then. */
  closeMs: 5,
} as const;
