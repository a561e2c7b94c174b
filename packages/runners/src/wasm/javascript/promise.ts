import type { Jobs } from "./jobs.ts";

type Resolve = (value?: unknown) => void;
type Reject = (reason?: unknown) => void;
type Handler = ((value: unknown) => unknown) | null | undefined;

/** A class `Promise`, and what became of its promises. */
export interface OwnPromises {
  Promise: PromiseConstructor;
  /**
   * Why promises were rejected that nobody has looked at, each told once. Ask when all jobs are done: whoever wanted to look has done
   * so by then.
   */
  takeUnhandled: () => unknown[];
  /** Runs an async function that was written out as a generator: every `yield` in it is an await. */
  runAsync: (generator: Generator) => Promise<unknown>;
}

const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;

/** In place of an executor: a promise that is settled from within. */
const BARE = Symbol("bare");

/**
 * The class `Promise` of the language, whose jobs go to `jobs`. Async functions are written out to use it when a plugin is built. It
 * runs in an interpreter, with every await of every plugin: that is why it makes few objects and no closures of its own.
 */
export function createPromise(jobs: Jobs): OwnPromises {
  /** Rejected before anybody looked. */
  let suspects: OwnPromise[] = [];

  class OwnPromise {
    #state = PENDING;
    /** What it is settled with; while it is pending, the reactions that wait. */
    #value: unknown;
    #isHandled = false;

    constructor(executor: ((resolve: Resolve, reject: Reject) => void) | typeof BARE) {
      if (executor === BARE) return;
      if (typeof executor !== "function") throw new TypeError("Promise resolver is not a function");
      const { resolve, reject } = this.#functions();
      try {
        executor(resolve, reject);
      } catch (error) {
        reject(error);
      }
    }

    get [Symbol.toStringTag](): string {
      return "Promise";
    }

    static get [Symbol.species](): unknown {
      return this;
    }

    // oxlint-disable-next-line unicorn/no-thenable -- a promise is what has one
    then(onFulfilled?: Handler, onRejected?: Handler): OwnPromise {
      const derived = new OwnPromise(BARE);
      this.#react(new Reaction(onFulfilled, onRejected, derived));
      return derived;
    }

    catch(onRejected?: Handler): OwnPromise {
      return this.then(undefined, onRejected);
    }

    finally(work?: (() => unknown) | null): OwnPromise {
      if (typeof work !== "function") return this.then(work, work);
      return this.then(
        (value) => OwnPromise.resolve(work()).then(() => value),
        (reason: unknown) =>
          OwnPromise.resolve(work()).then(() => {
            throw reason;
          }),
      );
    }

    static resolve(value?: unknown): OwnPromise {
      if (value instanceof OwnPromise) return value;
      const promise = new OwnPromise(BARE);
      promise.#resolve(value);
      return promise;
    }

    static reject(reason?: unknown): OwnPromise {
      const promise = new OwnPromise(BARE);
      promise.#settle(REJECTED, reason);
      return promise;
    }

    static withResolvers(): { promise: OwnPromise; resolve: Resolve; reject: Reject } {
      const promise = new OwnPromise(BARE);
      return { promise, ...promise.#functions() };
    }

    static try(work: (...args: unknown[]) => unknown, ...args: unknown[]): OwnPromise {
      return new this((resolve) => resolve(work(...args)));
    }

    static all(values: Iterable<unknown>): OwnPromise {
      return this.#gather(values, (value, settle) => {
        this.resolve(value).then(settle.one, settle.reject);
      });
    }

    static allSettled(values: Iterable<unknown>): OwnPromise {
      return this.#gather(values, (value, settle) => {
        this.resolve(value).then(
          (result) => settle.one({ status: "fulfilled", value: result }),
          (reason: unknown) => settle.one({ status: "rejected", reason }),
        );
      });
    }

    static race(values: Iterable<unknown>): OwnPromise {
      return new this((resolve, reject) => {
        for (const value of values) this.resolve(value).then(resolve, reject);
      });
    }

    static any(values: Iterable<unknown>): OwnPromise {
      return new this((resolve, reject) => {
        const failed = this.#gather(values, (value, settle) => {
          this.resolve(value).then(resolve, settle.one);
        });
        failed.then(
          (reasons) => reject(new AggregateError(reasons as unknown[], "All promises were rejected")),
          reject,
        );
      });
    }

    /** A list of one result for each value, in their order, when all have come. */
    static #gather(
      values: Iterable<unknown>,
      begin: (value: unknown, settle: { one: Resolve; reject: Reject }) => void,
    ): OwnPromise {
      return new this((resolve, reject) => {
        const results: unknown[] = [];
        let left = 1;
        const done = (): void => {
          if (--left === 0) resolve(results);
        };
        let count = 0;
        for (const value of values) {
          const index = count++;
          left++;
          let isSettled = false;
          const one = (result: unknown): void => {
            if (isSettled) return;
            isSettled = true;
            results[index] = result;
            done();
          };
          begin(value, { one, reject });
        }
        done();
      });
    }

    /** The pair that settles it: only the first call of either counts. */
    #functions(): { resolve: Resolve; reject: Reject } {
      let isDone = false;
      return {
        resolve: (value) => {
          if (isDone) return;
          isDone = true;
          this.#resolve(value);
        },
        reject: (reason) => {
          if (isDone) return;
          isDone = true;
          this.#settle(REJECTED, reason);
        },
      };
    }

    #resolve(value: unknown): void {
      if ((typeof value !== "object" && typeof value !== "function") || value === null) {
        return this.#settle(FULFILLED, value);
      }
      if (value === this) return this.#settle(REJECTED, new TypeError("A promise cannot be resolved with itself"));
      let then: unknown;
      try {
        then = (value as { then?: unknown }).then;
      } catch (error) {
        return this.#settle(REJECTED, error);
      }
      if (typeof then !== "function") this.#settle(FULFILLED, value);
      else if (then === OwnPromise.prototype.then) jobs.add(adopt, value as OwnPromise, this);
      else jobs.add(follow, { thenable: value, method: then }, this);
    }

    #settle(state: typeof FULFILLED | typeof REJECTED, value: unknown): void {
      const reactions = this.#value as (Reaction | Run)[] | undefined;
      this.#state = state;
      this.#value = value;
      if (reactions) for (const reaction of reactions) jobs.add(react, reaction, this);
      else if (state === REJECTED && !this.#isHandled) suspects.push(this);
    }

    #react(reaction: Reaction | Run): void {
      this.#isHandled = true;
      if (this.#state !== PENDING) jobs.add(react, reaction, this);
      else if (this.#value === undefined) this.#value = [reaction];
      else (this.#value as (Reaction | Run)[]).push(reaction);
    }

    /** A job: one promise takes over what becomes of another. */
    static adopt(from: OwnPromise, by: OwnPromise): void {
      from.#react(new Reaction(undefined, undefined, by));
    }

    /** A job: a promise takes over what becomes of something that has a `then`. */
    static follow({ thenable, method }: { thenable: object; method: Function }, by: OwnPromise): void {
      const { resolve, reject } = by.#functions();
      try {
        Reflect.apply(method, thenable, [resolve, reject]);
      } catch (error) {
        reject(error);
      }
    }

    /** A job: what somebody waits for has come. */
    static react(reaction: Reaction | Run, from: OwnPromise): void {
      if (reaction instanceof Run) return OwnPromise.step(reaction, from.#state === REJECTED, from.#value);
      const { onFulfilled, onRejected, derived } = reaction;
      const isFulfilled = from.#state === FULFILLED;
      const handler = isFulfilled ? onFulfilled : onRejected;
      let result = from.#value;
      if (typeof handler !== "function") {
        if (isFulfilled) derived.#resolve(result);
        else derived.#settle(REJECTED, result);
        return;
      }
      try {
        result = handler(result);
      } catch (error) {
        derived.#settle(REJECTED, error);
        return;
      }
      derived.#resolve(result);
    }

    /** A step of an async function, up to its next await or its end. */
    static step(run: Run, isThrown: boolean, value: unknown): void {
      const { generator, promise } = run;
      let result: IteratorResult<unknown>;
      try {
        result = isThrown ? generator.throw(value) : generator.next(value);
      } catch (error) {
        return promise.#settle(REJECTED, error);
      }
      if (result.done) promise.#resolve(result.value);
      else OwnPromise.resolve(result.value).#react(run);
    }

    static runAsync(generator: Generator): OwnPromise {
      const promise = new OwnPromise(BARE);
      OwnPromise.step(new Run(generator, promise), false, undefined);
      return promise;
    }

    static takeUnhandled(): unknown[] {
      const asked = suspects;
      if (asked.length > 0) suspects = [];
      return asked.filter((promise) => !promise.#isHandled).map((promise) => promise.#value);
    }
  }

  /** An async function under way, and the promise of its end. */
  class Run {
    readonly generator: Generator;
    readonly promise: OwnPromise;

    constructor(generator: Generator, promise: OwnPromise) {
      this.generator = generator;
      this.promise = promise;
    }
  }

  /** Who waits for a promise, and the promise of what comes of that. */
  class Reaction {
    readonly onFulfilled: Handler;
    readonly onRejected: Handler;
    readonly derived: OwnPromise;

    constructor(onFulfilled: Handler, onRejected: Handler, derived: OwnPromise) {
      this.onFulfilled = onFulfilled;
      this.onRejected = onRejected;
      this.derived = derived;
    }
  }

  // They are static for the sake of what is private, and need no `this`.
  // oxlint-disable-next-line typescript/unbound-method
  const { adopt, follow, react, runAsync, takeUnhandled } = OwnPromise;
  const hidden = OwnPromise as Partial<typeof OwnPromise>;
  delete hidden.adopt;
  delete hidden.follow;
  delete hidden.react;
  delete hidden.runAsync;
  delete hidden.takeUnhandled;
  Object.defineProperty(OwnPromise, "name", { value: "Promise" });
  return {
    Promise: OwnPromise as unknown as PromiseConstructor,
    takeUnhandled,
    runAsync: runAsync as unknown as OwnPromises["runAsync"],
  };
}
