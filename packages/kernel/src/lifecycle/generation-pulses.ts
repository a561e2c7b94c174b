import { type Clock, Emitter } from "@berth/base";
import type { GenerationPulse } from "../watchdog/pulse.ts";

/** How the event loops of a plugin's generations do, by what their watchdogs tell. */
export class GenerationPulses {
  readonly #clock: Clock;
  readonly #heard = new Emitter<GenerationPulse>();
  readonly #stuck = new Set<number>();
  #silence: { generation: number; sinceMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Generations that were ended and run on all the same. */
  get stuck(): readonly number[] {
    return [...this.#stuck];
  }

  onDidPulse(listener: (pulse: GenerationPulse) => void): Disposable {
    return this.#heard.on(listener);
  }

  /** For how long that generation has not answered; `undefined` when it does. */
  silentMs(generation: number): number | undefined {
    return this.#silence?.generation === generation ? this.#clock.monotonicMs() - this.#silence.sinceMs : undefined;
  }

  hear(pulse: GenerationPulse): void {
    const { generation, kind } = pulse;
    if (kind === "unresponsive") {
      this.#silence = { generation, sinceMs: this.#clock.monotonicMs() - pulse.silentMs };
    } else if (this.#silence?.generation === generation) {
      this.#silence = undefined;
    }
    if (kind === "stuck") this.#stuck.add(generation);
    if (kind === "freed") this.#stuck.delete(generation);
    this.#heard.emit(pulse);
  }
}
