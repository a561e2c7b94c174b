import { HostError } from "@berth/contract";
import type { Clock } from "@berth/base";
import type { Link, Message } from "@berth/protocol";
import type { ComponentFunction } from "../component/functions.ts";
import { trap } from "../component/trap.ts";
import { interfaceName } from "../world/check-exports.ts";
import type { HostFunctions } from "../world/host-function.ts";
import { localImports } from "../world/typed-imports.ts";
import { fromWitValue, toWitValue, type WitValue } from "../world/wit-value.ts";
import type { ComponentCalls, RunningComponent } from "./component-calls.ts";
import type { FlowControl } from "./flow-control.ts";

/** What {@link Relay} needs. */
export interface RelayOptions {
  clock: Clock;
  now: () => number;
  link: Link;
  flow: FlowControl;
  /** Interfaces the component imports, and with them may ask for. */
  interfaces: ReadonlySet<string>;
}

/** What one entry may say; a frame holds no more. */
const MOST_SAID_BYTES = 32 * 2 ** 20;

/** What even an empty message takes. */
const LEAST_BYTES = 64;

/** Which interface a request belongs to that not every plugin has, by the first word of its method. */
const INTERFACE_OF: Readonly<Record<string, string>> = {
  fetch: "fetch",
  connect: "fetch",
  exec: "exec",
  secrets: "secrets",
  services: "services",
  events: "events",
  environment: "env",
};

/**
 * Carries messages between the host and a component that speaks the protocol itself. The component only runs while something is
 * delivered to it, and nothing is while the host has not taken what it said before.
 */
export class Relay {
  /** What it can import, to speak. */
  readonly imports: Record<string, HostFunctions>;
  readonly #options: RelayOptions;
  #said: Message[] = [];
  #saidBytes = 0;
  #waiting: unknown[] = [];
  #isWakeDue = false;
  #timer: Disposable | undefined;
  #isBusy = false;
  #calls: ComponentCalls | undefined;
  #onFailure: () => void = () => undefined;
  #receive: ComponentFunction | undefined;
  #wake: ComponentFunction | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.imports = {
      ...localImports(options.clock, options.now),
      host: {
        send: { call: (messages: WitValue) => this.#say(messages) },
        "wake-after": { call: (ms: number) => this.#wakeAfter(ms) },
        fail: { call: fail },
        ...TEXT,
      },
    };
  }

  /** The component is linked: from now on it hears the host. */
  start({ component, calls, onFailure }: RunningComponent): void {
    const functions = component.functionsOf(interfaceName("conversation"))!;
    this.#calls = calls;
    this.#onFailure = onFailure;
    this.#receive = functions.get("receive");
    this.#wake = functions.get("wake");
    this.#options.link.open({
      onMessages: (messages) => {
        this.#waiting.push(...messages);
        void this.#deliver();
      },
      onRefused: (message, error) => this.#refused(message, error),
      onEnd: () => this.#timer?.[Symbol.dispose](),
    });
  }

  async #deliver(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#waiting.length > 0 || this.#isWakeDue) {
        await this.#options.flow.room();
        this.#enter();
      }
    } catch {
      // A trap, which ends it all.
    } finally {
      this.#isBusy = false;
    }
  }

  #enter(): void {
    const messages = this.#waiting;
    const isWakeDue = this.#isWakeDue;
    this.#waiting = [];
    this.#isWakeDue = false;
    try {
      if (messages.length > 0) this.#calls!.now(this.#receive!, [toWitValue(messages)]);
      if (isWakeDue) this.#calls!.now(this.#wake!, []);
    } finally {
      this.#flush();
    }
  }

  #say(messages: WitValue): void {
    this.#saidBytes += LEAST_BYTES + messages.json.length + messages.bytes.reduce((sum, { length }) => sum + length, 0);
    if (this.#saidBytes > MOST_SAID_BYTES) throw trap(`it says more than ${MOST_SAID_BYTES / 2 ** 20} MiB at once`);
    const list = fromWitValue(messages);
    if (!Array.isArray(list)) throw trap("what it says is no list of messages");
    for (const message of list as unknown[]) {
      if (typeof message !== "object" || message === null) throw trap("what it says is no message");
      this.#said.push(message as Message);
    }
  }

  #flush(): void {
    if (this.#said.length === 0) return;
    if (this.#said.some((message) => "error" in message)) this.#onFailure();
    const allowed = this.#said.filter((message) => this.#isAllowed(message));
    if (allowed.length > 0) {
      this.#options.flow.sent(allowed.length, this.#saidBytes);
      this.#options.link.send(allowed);
    }
    this.#said = [];
    this.#saidBytes = 0;
  }

  /** A request for what it did not import is answered here: the host never hears of it. */
  #isAllowed(message: Message): boolean {
    const { method } = message as { method?: unknown };
    // What is no method the host refuses.
    if (typeof method !== "string") return true;
    const wanted = Object.hasOwn(INTERFACE_OF, first(method)) ? INTERFACE_OF[first(method)]! : undefined;
    if (wanted === undefined || this.#options.interfaces.has(wanted)) return true;
    if ("id" in message) this.#answer(message.id, notImported(method, wanted));
    return false;
  }

  #answer(id: number, error: HostError): void {
    const { message, code } = error;
    this.#waiting.push({ id, error: { code: -32_000, message, data: { code, causes: [] } } });
  }

  /** It said what cannot be sent: to a request that is an answer, of an answer its asker must hear. */
  #refused(message: Message, error: Error): void {
    const failure = new HostError("LIMIT_EXCEEDED", error.message);
    this.#options.flow.dropped();
    if ("method" in message) {
      if ("id" in message) this.#answer(message.id, failure);
      void this.#deliver();
      return;
    }
    this.#options.flow.sent(1, 0);
    this.#options.link.send([
      { id: message.id, error: { code: -32_000, message: failure.message, data: { code: failure.code, causes: [] } } },
    ]);
  }

  #wakeAfter(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    if (!(ms >= 0)) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = undefined;
      this.#isWakeDue = true;
      void this.#deliver();
    }, ms);
  }
}

const ENCODER = new TextEncoder();
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });

/** Ten times as fast as a language that is interpreted would do it. */
const TEXT: HostFunctions = {
  "encode-text": { call: (text: string) => ENCODER.encode(text) },
  "decode-text": {
    call(bytes: Uint8Array, strict: boolean) {
      if (!strict) return LENIENT.decode(bytes);
      try {
        return STRICT.decode(bytes);
      } catch {
        return undefined;
      }
    },
  },
};

function fail(message: string): never {
  throw new HostError("PLUGIN_FAILED", `an error that it did not catch: ${message}`);
}

function first(method: string): string {
  const dot = method.indexOf(".");
  return dot < 0 ? method : method.slice(0, dot);
}

function notImported(method: string, name: string): HostError {
  return new HostError(
    "PERMISSION_DENIED",
    `Cannot use ${method}: the component does not import berth:plugin/${name}; ask for the permission in plugin.toml and build it again`,
  );
}
