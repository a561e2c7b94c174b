import { setImmediate as turn } from "node:timers/promises";
import type { Capabilities } from "@berth/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventBus } from "../events/event-bus.ts";
import { CapabilityPool } from "./capability-pool.ts";

const DOINGS = [
  "publish",
  "turn",
  "be slow",
  "be done",
  "stage",
  "pause",
  "switch",
  "give up",
  "go back",
  "pass",
] as const;

/** A plugin over its generations: one serves, one may be about to or may have served before. */
class Replaced {
  readonly bus = createEventBus({ onListenerError: () => undefined, onDropped: () => undefined });
  readonly heard: number[] = [];
  published = 0;
  #generations = 0;
  #slow: PromiseWithResolvers<void> | undefined;
  #serving: CapabilityPool | undefined;
  #staged: CapabilityPool | undefined;
  #retired: CapabilityPool | undefined;
  #isPaused = false;

  async open(): Promise<void> {
    this.#serving = await this.#pool(true);
  }

  async do(doing: (typeof DOINGS)[number]): Promise<void> {
    const [serving, staged, retired] = [this.#serving!, this.#staged, this.#retired];
    if (doing === "publish") this.bus.publish({ subject: "x", data: ++this.published, from: "host" });
    if (doing === "turn") await turn();
    if (doing === "be slow") this.#slow ??= Promise.withResolvers();
    if (doing === "be done") this.#beDone();
    if (doing === "stage" && !staged && !retired) {
      this.#staged = await this.#pool(false);
      this.#staged.gate.follow(serving.gate);
    }
    if (doing === "pause" && staged) {
      this.#isPaused = true;
      serving.gate.wait();
      staged.gate.wait();
    }
    if (doing === "switch" && staged && this.#isPaused) {
      this.#isPaused = false;
      [this.#serving, this.#staged, this.#retired] = [staged, undefined, serving];
      serving.gate.close();
      staged.gate.open();
    }
    if (doing === "give up" && staged) {
      this.#isPaused = false;
      this.#staged = undefined;
      serving.gate.open();
      await staged[Symbol.asyncDispose]();
    }
    if (doing === "go back" && retired) {
      [this.#serving, this.#retired] = [retired, undefined];
      serving.gate.close();
      retired.gate.open();
      await serving[Symbol.asyncDispose]();
    }
    if (doing === "pass" && retired) {
      // What waits for the old one since before the new one was there goes with it: a probation is longer than that.
      await this.#catchUp();
      this.#retired = undefined;
      await retired[Symbol.asyncDispose]();
    }
  }

  async end(): Promise<void> {
    await this.do("give up");
    await this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    this.#beDone();
    for (let turns = 0; turns < 20; turns++) await turn();
  }

  #beDone(): void {
    this.#slow?.resolve();
    this.#slow = undefined;
  }

  async #pool(serves: boolean): Promise<CapabilityPool> {
    const subscriptions = new DisposableStack();
    const subscribe: Capabilities["subscribe"] = async (pattern, deliver) =>
      subscriptions.use(this.bus.subscribe({ owner: "plugin/it", pattern }, deliver));
    const make = () => ({
      capabilities: { subscribe } as Capabilities,
      dispose: async () => subscriptions.dispose(),
    });
    const pool = new CapabilityPool(make, ++this.#generations, serves);
    await pool.of("").subscribe("x", ({ data }) => {
      this.heard.push(data as number);
      return this.#slow?.promise;
    });
    return pool;
  }
}

test("DeliveryGate brings each event to one generation, once and in order, whatever replaces what and however slow it is [RPT-55, FLX-16]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...DOINGS), { maxLength: 60 }), async (doings) => {
      const plugin = new Replaced();
      await plugin.open();
      for (const doing of doings) await plugin.do(doing);
      await plugin.end();
      expect(plugin.heard).toEqual(Array.from({ length: plugin.published }, (_, index) => index + 1));
    }),
    { numRuns: 300 },
  );
});
