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
