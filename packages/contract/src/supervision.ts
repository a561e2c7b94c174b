/** Whether a plugin that ended by itself is started again: always, only when it did not end as it should, or never. */
export const RESTART_KINDS = ["permanent", "transient", "temporary"] as const;

/** One of {@link RESTART_KINDS}. */
export type RestartKind = (typeof RESTART_KINDS)[number];

/** Who is started again with a plugin: nobody, it and all that needs it, or the same whoever of them ended. */
export const RESTART_STRATEGIES = ["one_for_one", "one_for_all", "rest_for_one"] as const;

/** One of {@link RESTART_STRATEGIES}. */
export type RestartStrategy = (typeof RESTART_STRATEGIES)[number];

/**
 * How a running plugin ended: by itself and without error (`normal`), because it was asked to (`shutdown`), by an error of its own
 * (`crash`), by the hand of the host or the system (`killed`), or for going past a limit (`limit`). The last three are abnormal.
 */
export const EXIT_KINDS = ["normal", "shutdown", "crash", "killed", "limit"] as const;

/** One of {@link EXIT_KINDS}. */
export type ExitKind = (typeof EXIT_KINDS)[number];
