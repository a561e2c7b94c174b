/**
 * For which of its calls the plugin is at work, also after waits, by the names that the host has for them. Not every guest can tell: it
 * takes a runtime that follows a call through its promises.
 */
export interface NamedWork {
  /** Absent outside of any call. */
  readonly current: string | undefined;
  /** Does `work` for one of them, or for none. */
  run<T>(name: string | undefined, work: () => T): T;
}
