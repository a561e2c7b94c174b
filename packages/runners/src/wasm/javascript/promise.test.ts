import { describe, expect, test } from "vitest";
import { Jobs } from "./jobs.ts";
import { createPromise } from "./promise.ts";

type Scenario = (P: PromiseConstructor, log: (what: unknown) => void) => void;

/** Each is run with the engine's promises and with ours, and must say the same in the same order. */
const SCENARIOS: Record<string, Scenario> = {
  "jobs in the order they were added": (P, log) => {
    void P.resolve(1).then(log);
    void P.resolve(2)
      .then(log)
      .then(() => log("a"))
      .then(() => log("b"));
    void P.resolve(3)
      .then(log)
      .then(() => log("c"));
    log("now");
  },
  "a promise resolved with a promise takes two jobs more": (P, log) => {
    void new P((resolve) => resolve(P.resolve("inner"))).then(log);
    let chain: Promise<unknown> = P.resolve();
    for (const step of [1, 2, 3, 4]) chain = chain.then(() => log(step));
  },
  "a thenable that throws after it resolved": (P, log) => {
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- that is what is tried
      then(resolve: (value: unknown) => void) {
        resolve("first");
        throw new Error("ignored");
      },
    };
    void P.resolve(thenable as PromiseLike<unknown>).then(log, log);
  },
  "a getter of then that throws": (P, log) => {
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tried
    const odd = Object.defineProperty({}, "then", {
      get() {
        throw new Error("no then");
      },
    });
    void P.resolve(odd).then(log, (error: Error) => log(error.message));
  },
  "only the first settling counts": (P, log) => {
    void new P((resolve, reject) => {
      resolve(1);
      reject(new Error("late"));
      resolve(2);
    }).then(log);
  },
  "an executor that throws": (P, log) => {
    void new P(() => {
      throw new Error("thrown");
    }).catch((error: Error) => log(error.message));
  },
  "a promise resolved with itself": (P, log) => {
    const { promise, resolve } = P.withResolvers<unknown>();
    resolve(promise);
    promise.catch((error: unknown) => log(error instanceof TypeError));
  },
  "finally lets value and reason through, and throws its own": (P, log) => {
    void P.resolve("value")
      .finally(() => "dropped")
      .then(log);
    void P.reject(new Error("reason"))
      .finally(() => undefined)
      .catch((error: Error) => log(error.message));
    void P.resolve()
      .finally(() => {
        throw new Error("own");
      })
      .catch((error: Error) => log(error.message));
  },
  "all keeps the order, and rejects with the first reason": (P, log) => {
    const late = P.withResolvers<string>();
    void P.all<unknown>([late.promise, P.resolve(3)]).then(log);
    void P.all([P.resolve(1), P.reject(new Error("one")), P.reject(new Error("two"))]).catch((e: Error) =>
      log(e.message),
    );
    void P.all([]).then(log);
    late.resolve("late");
  },
  "allSettled, race, any and try": (P, log) => {
    void P.allSettled([P.resolve(1), P.reject(new Error("x"))]).then((all) => log(all.map(({ status }) => status)));
    void P.race([new P(() => undefined), P.resolve("quick")]).then(log);
    void P.any([P.reject(new Error("a")), P.resolve("good")]).then(log);
    void P.any([P.reject(new Error("a"))]).catch((error: AggregateError) => log(error.errors.length));
    void P.try((a: number) => a * 2, 21).then(log);
    void P.try(() => {
      throw new Error("tried");
    }).catch((error: Error) => log(error.message));
  },
  "handlers that are none are passed by": (P, log) => {
    void P.resolve("kept").then(undefined, undefined).then(null).then(log);
    void P.reject(new Error("kept"))
      .then(log)
      .catch((error: Error) => log(error.message));
  },
  "what a promise is": (P, log) => {
    const promise = P.resolve(1);
    log([
      promise instanceof P,
      P.resolve(promise) === promise,
      Object.prototype.toString.call(promise),
      P.name,
      typeof promise.then,
    ]);
  },
};

async function runNative(scenario: Scenario): Promise<unknown[]> {
  const said: unknown[] = [];
  scenario(Promise, (what) => said.push(what));
  // Behind every job, however many the scenario adds.
  await new Promise((resolve) => setImmediate(resolve));
  return said;
}

function runOwn(scenario: Scenario): unknown[] {
  const jobs = new Jobs();
  const said: unknown[] = [];
  scenario(createPromise(jobs).Promise, (what) => said.push(what));
  jobs.run();
  return said;
}

describe("a promise of a component is as the engine's own", () => {
  test.each(Object.entries(SCENARIOS))("%s", async (_, scenario) => {
    const native = await runNative(scenario);
    expect(runOwn(scenario)).toEqual(native);
    expect(native).not.toEqual([]);
  });

  test("runs ten thousand jobs that each add one", () => {
    const jobs = new Jobs();
    let ran = 0;
    const next = (): void => {
      if (++ran < 10_000) jobs.add(next, undefined, undefined);
    };
    jobs.add(next, undefined, undefined);
    jobs.run();
    expect(ran).toBe(10_000);
  });

  test("tells why it was rejected when nobody looked, and not when somebody did", () => {
    const jobs = new Jobs();
    const { Promise: P, takeUnhandled } = createPromise(jobs);
    void P.reject(new Error("unseen"));
    const seen = P.reject(new Error("seen later"));
    void P.resolve().then(() => seen.catch(() => undefined));
    jobs.run();
    expect(takeUnhandled()).toEqual([new Error("unseen")]);
    expect(takeUnhandled()).toEqual([]);
  });
});
