import { type Capabilities, type DeliveredEvent, HostError } from "@berth/contract";
import { DeliveryGate } from "./delivery-gate.ts";

/** Capabilities the host made for one instance; disposing them ends whatever is under way through them. */
export interface OwnedCapabilities {
  capabilities: Capabilities;
  dispose(): Promise<void>;
}

/** Makes the capabilities of one instance; `instanceId` is empty, and `config` absent, for the plugin as a whole. */
export type MakeCapabilities = (instanceId: string, config: unknown, generation: number) => OwnedCapabilities;

/** The capabilities of one generation, by instance. What it was not told to expect gets none. */
export class CapabilityPool implements AsyncDisposable {
  readonly #make: MakeCapabilities;
  readonly #generation: number;
  readonly #configs = new Map<string, unknown>([["", undefined]]);
  readonly #made = new Map<string, OwnedCapabilities>();
  /** Through which events and timers reach the generation. */
  readonly gate: DeliveryGate;

  /**
   * @param generation the number of the generation that it is for.
   * @param serves whether the generation serves at once; one that is to replace another hears of nothing before.
   */
  constructor(make: MakeCapabilities, generation: number, serves = true) {
    this.#make = make;
    this.#generation = generation;
    this.gate = new DeliveryGate(serves ? "open" : "closed");
  }

  /** Announces an instance before it is opened, since its configuration decides part of its grant. */
  expect(instanceId: string, config: unknown): void {
    this.#configs.set(instanceId, config);
  }

  of(instanceId: string): Capabilities {
    if (!this.#configs.has(instanceId)) {
      throw new HostError(
        "PERMISSION_DENIED",
        `Cannot give capabilities to "${instanceId}": no such instance was opened`,
      );
    }
    let made = this.#made.get(instanceId);
    if (!made) {
      const own = this.#make(instanceId, this.#configs.get(instanceId), this.#generation);
      const subscriptions = new Set<Disposable>();
      made = {
        capabilities: gated(own.capabilities, this.gate, { instanceId, subscriptions }),
        dispose: async () => {
          try {
            await own.dispose();
          } finally {
            for (const subscription of subscriptions) subscription[Symbol.dispose]();
          }
        },
      };
      this.#made.set(instanceId, made);
    }
    return made.capabilities;
  }

  async release(instanceId: string): Promise<void> {
    const made = this.#made.get(instanceId);
    this.#made.delete(instanceId);
    this.#configs.delete(instanceId);
    await made?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const outcomes = await Promise.allSettled([...this.#made.keys()].map((instanceId) => this.release(instanceId)));
    this.gate[Symbol.dispose]();
    const failures = outcomes
      .filter((outcome) => outcome.status === "rejected")
      .map((outcome) => outcome.reason as unknown);
    if (failures.length > 0) throw new AggregateError(failures, "Cannot end all capabilities of the plugin");
  }
}

/** Whose capabilities they are, and what it listens to. */
interface GatedInstance {
  instanceId: string;
  subscriptions: Set<Disposable>;
}

/** Capabilities whose deliveries pass `gate`. A timer that comes again and again is another generation's as well, one that comes once is not. */
function gated(
  capabilities: Capabilities,
  gate: DeliveryGate,
  { instanceId, subscriptions }: GatedInstance,
): Capabilities {
  return Object.create(capabilities, {
    subscribe: {
      value: (async (subject, deliver) => {
        const own = new DisposableStack();
        const gated = own.use(gate.subscribe<DeliveredEvent>(`${instanceId} ${subject}`, deliver));
        subscriptions.add(own);
        own.defer(() => subscriptions.delete(own));
        try {
          own.use(await capabilities.subscribe(subject, (event) => gated.hear(event)));
        } catch (error) {
          own.dispose();
          throw error;
        }
        return own;
      }) satisfies Capabilities["subscribe"],
    },
    schedule: {
      value: ((request, fire) =>
        capabilities.schedule(
          request,
          () => void ("afterMs" in request ? gate.keep(fire) : gate.pass(fire)),
        )) satisfies Capabilities["schedule"],
    },
  }) as Capabilities;
}
