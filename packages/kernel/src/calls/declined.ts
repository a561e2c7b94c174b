import type { HostError } from "@berth/contract";

/**
 * What a call returns when the callee has nothing against the caller, but nothing to give either: a source whose picture need not
 * be drawn again. For the breaker it is an answer like any other; it is no failure, and the cache does not see it.
 */
export class Declined {
  readonly reason: string;

  constructor(reason = "nothing new") {
    this.reason = reason;
  }
}

/** What a call that its caller called optional returns where the callee is broken or not there: the caller goes on without. */
export class Unavailable extends Declined {
  readonly error: HostError;

  constructor(error: HostError) {
    super(error.message);
    this.error = error;
  }
}
