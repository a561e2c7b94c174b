/** What one look at a tree of processes tells. */
export interface TreeFigures {
  /** CPU time it used since the last look, of processes that came and went in between too. */
  cpuMs: number;
  /** Whether any of it ran since the last look. What did not run needs no closer look. */
  hasRun: boolean;
  processes: number;
  /** A process that should stand still does not: somebody continued it, or it was just made. */
  isRunningAnyway: boolean;
}

/** A tree of processes as the governor's rules see it: figures to read, and three things to do. */
export interface GovernedTree extends Disposable {
  /** Undefined when all of it has ended. */
  look(): TreeFigures | undefined;
  /** Looks for processes that are new in it; returns how many there are now. Costs ten times a look. */
  discover(): number;
  /** Storage reads and writes since the last call. */
  ioBytes(): number;
  /** Memory of its own, now. */
  ownedBytes(): number;
  /** Of the process that has most. */
  openFiles(): number;
  /** Bytes of the data folder's disk that files hold which it has deleted and keeps open. */
  deletedBytes(): number;
  stop(): void;
  resume(): void;
  /** Ends all of it, also what is being made meanwhile. */
  kill(): void;
}
