import { HostError, type Capabilities, type Connection, type EventDelivery } from "@berth/contract";

/** Capabilities that note what they were asked, and give answers of every kind. */
export class RecordingCapabilities {
  /** Name and arguments of each call; signals are left out. */
  readonly calls: [name: string, ...args: unknown[]][] = [];
  /** Of the last call that has one. */
  signal: AbortSignal | undefined;
  /** What hears each subject. */
  readonly listeners = new Map<string, EventDelivery>();
  readonly subscribed: [subject: string, deliver: EventDelivery][] = [];
  readonly timers: (() => unknown)[] = [];
  /** Subscriptions, timers and connections that were ended. */
  readonly ended: string[] = [];
  onEnded: () => void = () => undefined;

  /** For one instance. */
  of(): Capabilities {
    const note = (name: string, ...args: unknown[]): void => {
      this.signal = args.find((arg) => arg instanceof AbortSignal) ?? this.signal;
      this.calls.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal) && typeof arg !== "function")]);
    };
    const lasting = (what: string): Disposable => ({
      [Symbol.dispose]: () => {
        this.ended.push(what);
        this.onEnded();
      },
    });
    return {
      fetch: async (...args) => {
        note("fetch", ...args);
        const body = new TextEncoder().encode("body");
        return { status: 201, statusText: "Made", url: "https://a.example/x", headers: [["x-a", "1"]], body };
      },
      readFile: async (...args) => {
        note("readFile", ...args);
        return new Uint8Array([1, 2, 3]);
      },
      writeFile: async (...args) => note("writeFile", ...args),
      appendFile: async (...args) => note("appendFile", ...args),
      removeFile: async (...args) => note("removeFile", ...args),
      listFolder: async (...args) => {
        note("listFolder", ...args);
        return [{ name: "a.txt", kind: "file" }];
      },
      fileInfo: async (path, signal) => {
        note("fileInfo", path, signal);
        return path === "none" ? undefined : { kind: "file", size: 3, modifiedAt: 5 };
      },
      diskUsage: async (...args) => {
        note("diskUsage", ...args);
        return { total: 10, available: 5 };
      },
      exec: async (request, signal) => {
        note("exec", request, signal);
        if (request.command === "hang") await untilAborted(signal);
        return { exitCode: 0, signal: null, stdout: new Uint8Array([104, 105]), stderr: new Uint8Array() };
      },
      storeGet: async (key) => {
        note("storeGet", key);
        return key === "none" ? undefined : key === "null" ? null : { kept: [1] };
      },
      storeSet: async (...args) => note("storeSet", ...args),
      storeDelete: async (...args) => {
        note("storeDelete", ...args);
        return true;
      },
      storeKeys: async (...args) => {
        note("storeKeys", ...args);
        return ["a", "b"];
      },
      secret: async (name) => {
        note("secret", name);
        if (name === "other") throw new HostError("PERMISSION_DENIED", "not granted", { details: { name } });
        return "s3cr3t";
      },
      secretHandle: async (name) => {
        note("secretHandle", name);
        return `handle-of-${name}`;
      },
      callService: async (service, method, input, signal, outer) => {
        note("callService", service, method, input, signal, ...(outer ? [outer] : []));
        return { answer: 42 };
      },
      hasService: async (service) => {
        note("hasService", service);
        return service === "s";
      },
      publish: async (...args) => note("publish", ...args),
      request: async (...args) => {
        note("request", ...args);
        return { reply: 1 };
      },
      subscribe: async (subject, deliver) => {
        note("subscribe", subject);
        this.listeners.set(subject, deliver);
        this.subscribed.push([subject, deliver]);
        return lasting(`subscribe ${subject}`);
      },
      log: (entry) => note("log", entry),
      environment: async (name) => {
        note("environment", name);
        return name === "NONE" ? undefined : "value";
      },
      connect: async (request, signal) => {
        note("connect", request, signal);
        return new EchoConnection(() => lasting("connect")[Symbol.dispose]());
      },
      schedule: async (request, fire) => {
        note("schedule", request);
        this.timers.push(fire);
        return lasting("schedule");
      },
    };
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** Gives back what it is sent; the end comes back too. */
class EchoConnection implements Connection {
  readonly remoteAddress = "192.0.2.1";
  readonly remotePort = 4_000;
  readonly #onDispose: () => void;
  readonly #bytes: (Uint8Array | undefined)[] = [];
  #waiting: (() => void) | undefined;
  #isOver = false;

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#push(bytes);
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#bytes.length === 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
    return this.#bytes.shift();
  }

  end(): void {
    this.#push(undefined);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#push(undefined);
    this.#onDispose();
  }

  #push(bytes: Uint8Array | undefined): void {
    this.#bytes.push(bytes);
    this.#waiting?.();
  }
}
