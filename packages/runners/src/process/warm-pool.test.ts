import { describe, expect, test } from "vitest";
import { WarmPool } from "./warm-pool.ts";

class Made {
  readonly #gone = Promise.withResolvers<void>();
  readonly gone = this.#gone.promise;
  isDisposed = false;

  end(): void {
    this.#gone.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

function makePool(size: number) {
  const made: Made[] = [];
  const failures: unknown[] = [];
  let trouble: Error | undefined;
  const pool = new WarmPool<Made>({
    size,
    make: async () => {
      if (trouble) throw trouble;
      made.push(new Made());
      return made.at(-1)!;
    },
    onFailed: (error) => failures.push(error),
  });
  return { pool, made, failures, breakWith: (error: Error | undefined) => (trouble = error) };
}

describe("WarmPool", () => {
  test("makes nothing before it is asked to, then as many as it keeps", async () => {
    const { pool, made } = makePool(2);
    expect(pool.take()).toBeUndefined();
    await pool.refill();
    await pool.refill();
    expect(made).toHaveLength(2);
  });

  test("hands each out once, and disposes only what nobody took", async () => {
    const { pool, made } = makePool(2);
    await pool.refill();
    const taken = pool.take();
    await pool.refill();
    await pool[Symbol.asyncDispose]();
    expect(made.map((one) => [one === taken, one.isDisposed])).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ]);
    expect(pool.take()).toBeUndefined();
  });

  test("does not hand out what has ended while it waited", async () => {
    const { pool, made } = makePool(1);
    await pool.refill();
    made[0]!.end();
    await made[0]!.gone;
    expect(pool.take()).toBeUndefined();
    await pool.refill();
    expect(pool.take()).toBe(made[1]);
  });

  test("tells of a failure once and tries again at the next need", async () => {
    const { pool, failures, breakWith } = makePool(3);
    const trouble = new Error("no room");
    breakWith(trouble);
    await pool.refill();
    expect(failures).toEqual([trouble]);
    breakWith(undefined);
    await pool.refill();
    expect(pool.take()).toBeInstanceOf(Made);
  });

  test("what is still being made when it is disposed is disposed too", async () => {
    const { pool, made } = makePool(1);
    const refilled = pool.refill();
    await pool[Symbol.asyncDispose]();
    await refilled;
    expect(made.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });
});
