/** How long the plugins of a host that stops may take, all together and from one moment on. */
export interface EndPace {
  /** The longest that calls under way may go on, from the moment the stop began. */
  drainMs: number;
  /** Calls under way have had their time. */
  drainOver: AbortSignal;
  /** So have `stop` and `cleanup`: what has not ended by itself is ended. */
  patienceOver: AbortSignal;
}
