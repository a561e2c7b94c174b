import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Pulse } from "@berth/kernel/watchdog";
import { describe, expect, test } from "vitest";
import { Heartbeat } from "./heartbeat.ts";

const OPTIONS = { everyMs: 500, unresponsiveMs: 3_000, limitMs: 30_000, idleMs: 60_000 };

/** Somebody who answers pings, or lets them wait. */
class Patient {
  readonly clock = new ManualClock();
  readonly told: (Pulse | "given up")[] = [];
  readonly heartbeat: Heartbeat;
  isBusy = false;
  isPaused = (): boolean => false;
  isGone = false;
  runsOn = false;
  pings = 0;
  /** Absent: it answers at once. */
  #silence: PromiseWithResolvers<void> | undefined;

  constructor() {
    this.heartbeat = new Heartbeat(
      {
        clock: this.clock,
        isBusy: () => this.isBusy,
        isPaused: () => this.isPaused(),
        runsOn: () => this.runsOn,
        ping: (limitMs, signal) => this.#ping(limitMs, signal),
        onPulse: (pulse) => this.told.push(pulse),
        onSilence: () => this.told.push("given up"),
      },
      OPTIONS,
    );
  }

  work(): void {
    this.isBusy = true;
    this.heartbeat.wake();
  }

  fallSilent(): void {
    this.#silence = Promise.withResolvers();
  }

  answer(): void {
    this.#silence?.resolve();
    this.#silence = undefined;
  }

  async pass(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += 50) await this.clock.advance(50);
  }

  async #ping(limitMs: number, signal: AbortSignal): Promise<void> {
    this.pings++;
    if (this.isGone) throw new HostError("PLUGIN_FAILED", "gone");
    if (!this.#silence) return;
    const late = Promise.withResolvers<void>();
    using _limit = this.clock.setTimer(() => late.reject(new HostError("CALL_DEADLINE_EXCEEDED", "late")), limitMs);
    signal.addEventListener("abort", () => late.reject(signal.reason as Error), { once: true });
    await Promise.race([this.#silence.promise, late.promise]);
  }
}

describe("Heartbeat", () => {
  test("says that one gives no answer after 3 s, and that it does again", async () => {
    const patient = new Patient();
    patient.work();
    patient.fallSilent();
    await patient.pass(2_950);
    expect(patient.told).toEqual([]);
    await patient.pass(100);
    expect(patient.told).toEqual([{ kind: "unresponsive", silentMs: 3_000 }]);
    await patient.pass(2_000);
    patient.answer();
    await patient.pass(100);
    expect(patient.told.slice(1)).toEqual([{ kind: "responsive", silentMs: expect.closeTo(5_050, -2) as unknown }]);
  });

  test("gives up one that goes on like that, once", async () => {
    const patient = new Patient();
    patient.work();
    patient.fallSilent();
    await patient.pass(40_000);
    expect(patient.told).toEqual([{ kind: "unresponsive", silentMs: 3_000 }, "given up"]);
    expect(patient.clock.pendingTimers).toBe(0);
  });

  test("tells again when it happens again", async () => {
    const patient = new Patient();
    patient.work();
    for (let time = 0; time < 3; time++) {
      patient.fallSilent();
      await patient.pass(5_000);
      patient.answer();
      await patient.pass(1_000);
    }
    const kinds = patient.told.map((told) => (told === "given up" ? told : told.kind));
    expect(kinds).toEqual(["unresponsive", "responsive", "unresponsive", "responsive", "unresponsive", "responsive"]);
  });

  test("believes an answer that lies there unread when it was itself held up", async () => {
    const patient = new Patient();
    patient.work();
    patient.fallSilent();
    await patient.pass(1_000);
    // All the time passes at once, as after a Ctrl-Z; what was said meanwhile is read a moment later.
    await patient.clock.advance(28_900);
    patient.answer();
    await patient.pass(1_000);
    expect(patient.told).not.toContain("given up");
  });

  test("lets one rest that nothing is asked of, looks at it all the same, and sees from outside that it runs on", async () => {
    const patient = new Patient();
    await patient.pass(59_000);
    expect(patient.pings).toBe(0);
    await patient.pass(10_000);
    expect(patient.pings).toBe(1);
    patient.runsOn = true;
    patient.fallSilent();
    await patient.pass(9_000);
    expect(patient.told).toMatchObject([{ kind: "unresponsive" }]);
  });

  test("asks no more when what was under way has ended", async () => {
    const patient = new Patient();
    patient.work();
    await patient.pass(2_000);
    const { pings } = patient;
    expect(pings).toBeGreaterThan(2);
    patient.isBusy = false;
    await patient.pass(20_000);
    expect(patient.pings).toBeLessThanOrEqual(pings + 1);
  });

  test("does not take one for hung that somebody has stopped, and looks again when it goes on", async () => {
    const patient = new Patient();
    patient.work();
    patient.isPaused = () => true;
    patient.fallSilent();
    await patient.pass(60_000);
    expect(patient.told).toEqual([]);
    patient.isPaused = () => false;
    await patient.pass(4_000);
    expect(patient.told).toMatchObject([{ kind: "unresponsive" }]);
  });

  test("tells of one that is held to a tenth of a core and does not answer when it runs, and gives it up", async () => {
    const patient = new Patient();
    patient.isPaused = () => Math.floor(patient.clock.monotonicMs() / 100) % 10 !== 0;
    patient.work();
    patient.fallSilent();
    await patient.pass(5_000);
    expect(patient.told).toMatchObject([{ kind: "unresponsive" }]);
    await patient.pass(30_000);
    expect(patient.told.slice(1)).toEqual(["given up"]);
  });

  test("asks nobody any more when the conversation is over, and gives up nobody for it", async () => {
    const patient = new Patient();
    patient.work();
    patient.isGone = true;
    await patient.pass(60_000);
    expect(patient).toMatchObject({ pings: 1, told: [] });
    expect(patient.clock.pendingTimers).toBe(0);
  });

  test("leaves no timer behind", async () => {
    const patient = new Patient();
    patient.work();
    patient.fallSilent();
    await patient.pass(4_000);
    patient.heartbeat[Symbol.dispose]();
    await patient.pass(1_000);
    expect(patient.clock.pendingTimers).toBe(0);
    expect(patient.told).toHaveLength(1);
  });
});
