import type { Jobs } from "./jobs.ts";

type State = "pending" | "fulfilled" | "rejected";
type Resolve = (value?: unknown) => void;
type Reject = (reason?: unknown) => void;
type Handler = ((value: unknown) => unknown) | null | undefined;

interface Reaction {
  onFulfilled: Handler;
  onRejected: Handler;
  resolve: Resolve;
  reject: Reject;
}

/** A class `Promise`, and what became of its promises. */
export interface OwnPromises {
  Promise: PromiseConstructor;
  /**
   * Why promises were rejected that nobody has looked at, each told once. Ask when all jobs are done: whoever wanted to look has done
   * so by then.
   */
  takeUnhandled(): unknown[];
}

/** The class `Promise` of the language, whose jobs go to `jobs`. Async functions are written out to use it when a plugin is built. */
export function createPromise(jobs: Jobs): OwnPromises {
  /** Rejected before anybody looked; asked again whether somebody has. */
  let suspects: (() => { reason: unknown } | undefined)[] = [];

  class OwnPromise {
    #state: State = "pending";
    #value: unknown;
    #reactions: Reaction[] = [];
    #isHandled = false;

    constructor(executor: (resolve: Resolve, reject: Reject) => void) {
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
      const derived = OwnPromise.withResolvers();
      const reaction: Reaction = { onFulfilled, onRejected, resolve: derived.resolve, reject: derived.reject };
      this.#isHandled = true;
      if (this.#state === "pending") this.#reactions.push(reaction);
      else jobs.add(() => this.#react(reaction));
      return derived.promise;
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
      return value instanceof OwnPromise ? value : new this((resolve) => resolve(value));
    }

    static reject(reason?: unknown): OwnPromise {
      return new this((_, reject) => reject(reason));
    }

    static withResolvers(): { promise: OwnPromise; resolve: Resolve; reject: Reject } {
      let resolve!: Resolve;
      let reject!: Reject;
      const promise = new this((onResolve, onReject) => {
        resolve = onResolve;
        reject = onReject;
      });
      return { promise, resolve, reject };
    }

    static try(work: (...args: unknown[]) => unknown, ...args: unknown[]): OwnPromise {
      return new this((resolve) => resolve(work(...args)));
    }

    static all(values: Iterable<unknown>): OwnPromise {
      return this.#gather(values, (value, settle) => {
        this.resolve(value).then((result) => settle.one(result), settle.reject);
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
          this.resolve(value).then(resolve, (reason: unknown) => settle.one(reason));
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
          this.#settle("rejected", reason);
        },
      };
    }

    #resolve(value: unknown): void {
      if (value === this) return this.#settle("rejected", new TypeError("A promise cannot be resolved with itself"));
      if ((typeof value !== "object" && typeof value !== "function") || value === null) {
        return this.#settle("fulfilled", value);
      }
      let then: unknown;
      try {
        then = (value as { then?: unknown }).then;
      } catch (error) {
        return this.#settle("rejected", error);
      }
      if (typeof then !== "function") return this.#settle("fulfilled", value);
      jobs.add(() => {
        const { resolve, reject } = this.#functions();
        try {
          Reflect.apply(then as Function, value, [resolve, reject]);
        } catch (error) {
          reject(error);
        }
      });
    }

    #settle(state: "fulfilled" | "rejected", value: unknown): void {
      const reactions = this.#reactions;
      this.#state = state;
      this.#value = value;
      this.#reactions = [];
      for (const reaction of reactions) jobs.add(() => this.#react(reaction));
      if (state === "rejected" && !this.#isHandled) {
        suspects.push(() => (this.#isHandled ? undefined : { reason: this.#value }));
      }
    }

    #react({ onFulfilled, onRejected, resolve, reject }: Reaction): void {
      const handler = this.#state === "fulfilled" ? onFulfilled : onRejected;
      if (typeof handler !== "function") {
        if (this.#state === "fulfilled") resolve(this.#value);
        else reject(this.#value);
        return;
      }
      let result: unknown;
      try {
        result = handler(this.#value);
      } catch (error) {
        reject(error);
        return;
      }
      resolve(result);
    }
  }
  Object.defineProperty(OwnPromise, "name", { value: "Promise" });
  return {
    Promise: OwnPromise as unknown as PromiseConstructor,
    takeUnhandled() {
      const asked = suspects;
      suspects = [];
      return asked.flatMap((ask) => {
        const found = ask();
        return found ? [found.reason] : [];
      });
    },
  };
}
