/** How often usage is looked at, and how much of it is remembered. */
export const USAGE_DEFAULTS = {
  /** A look at a hundred plugins takes milliseconds, and a leak takes minutes. */
  interval_ms: 5_000,
  /** Ten minutes, at that pace. */
  history: 120,
} as const;

/** How health is looked at. */
export const HEALTH_DEFAULTS = {
  /** Twice within the minute after which a person looks. */
  interval_ms: 30_000,
  timeout_ms: 5_000,
  /** One bad answer may be chance, three in a row are not. */
  failures: 3,
  successes: 2,
  disk_free_mb: 100,
  event_loop_delay_ms: 500,
} as const;
