import type { Clock, JsonObject, JsonValue } from "@berth/base";
import type { Capabilities, DeliveredEvent, LogEntry, LogLevel, OuterCall, ScheduleRequest } from "@berth/contract";
import { answering, type HostFunctions, waiting } from "./host-function.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { randomOf } from "./wasi/random.ts";
import { fromWitValue, toWitValue, type WitValue } from "./wit-value.ts";

/** On whose behalf the component runs just now. */
export interface Caller {
  capabilities: Capabilities;
  signal: AbortSignal;
  /** The call it is handling, if it is one. */
  outer?: OuterCall;
  /** Functions among the arguments of the call under way. */
  functions: readonly ((item: unknown) => unknown)[];
  /** Where it runs for an event that somebody waits for a reply to: what it replied so far. */
  asked?: { reply?: JsonValue };
}

/** What {@link typedImports} needs. */
export interface TypedImportsOptions {
  clock: Clock;
  /** Milliseconds since 1970 by the host's clock. */
  now: () => number;
  caller: () => Caller;
  /** Writes a line for the caller. */
  log: (entry: LogEntry) => void;
  subscriptions: Subscriptions;
  /** Something of a subscription of `caller`, or its time. */
  fire: (caller: Caller, subscription: bigint, event: DeliveredEvent | undefined) => unknown;
}

interface WitRequest {
  url: string;
  method: string;
  headers: [string, string][];
  body: Uint8Array | undefined;
  redirect: "follow" | "error" | "manual";
}

interface WitExec {
  command: string;
  arguments: string[];
  cwd: string | undefined;
  env: [string, string][];
  input: Uint8Array | undefined;
  timeout: number | undefined;
  maxOutput: number | undefined;
}

type WitTime =
  | { tag: "after"; value: number }
  | { tag: "every"; value: number }
  | { tag: "cron"; value: { pattern: string; timeZone: string | undefined } };

/** The interfaces of the world, for a plugin of typed functions: each asks for a capability of whoever the component runs for. */
export function typedImports(options: TypedImportsOptions): Record<string, HostFunctions> {
  const { clock, now, caller } = options;
  const host = (): Capabilities => caller().capabilities;
  return {
    ...localImports(clock, now),
    log: {
      write: {
        call: (level: LogLevel, message: string, fields: string | undefined) =>
          options.log(fields === undefined ? { level, message } : { level, message, fields: facts(fields) }),
      },
    },
    fetch: {
      send: waiting(({ body, ...request }: WitRequest) =>
        host().fetch(body === undefined ? request : { ...request, body }, caller().signal),
      ),
    },
    files: fileImports(caller),
    exec: { run: waiting((request: WitExec) => exec(caller(), request)) },
    store: storeImports(host),
    secrets: {
      get: waiting((name: string) => host().secret(name)),
      handle: waiting((name: string) => host().secretHandle(name)),
    },
    services: {
      call: waiting(async (service: string, method: string, input: WitValue) => {
        const { capabilities, signal, outer } = caller();
        const value = fromWitValue(input) as JsonValue;
        return toWitValue(await capabilities.callService(service, method, value, signal, outer));
      }),
    },
    env: { get: waiting((name: string) => host().environment(name)) },
    ...lastingImports(options),
    emit: {
      send: {
        mayWait: true,
        call: async (index: number, item: WitValue) => void (await caller().functions[index]?.(fromWitValue(item))),
      },
    },
  };
}

/** What every component has without asking anyone. */
export function localImports(clock: Clock, now: () => number): Record<"clock" | "random", HostFunctions> {
  return {
    clock: { now: { call: now }, monotonic: { call: () => clock.monotonicMs() } },
    random: { bytes: { call: (length: number) => randomOf(length) } },
  };
}

/** What goes on after the call: it fires for whom it was begun. */
function lastingImports(options: TypedImportsOptions): Record<"events" | "schedule", HostFunctions> {
  const { subscriptions, fire } = options;
  const stop = { call: (id: bigint) => subscriptions.stop(id) };
  return {
    events: {
      publish: waiting((subject: string, data: string) => options.caller().capabilities.publish(subject, json(data))),
      subscribe: waiting((subject: string) => {
        const caller = options.caller();
        return subscriptions.start((id) => caller.capabilities.subscribe(subject, (event) => fire(caller, id, event)));
      }),
      unsubscribe: stop,
      request: waiting(async (subject: string, data: string, timeoutMs: number | undefined) => {
        const { capabilities, signal } = options.caller();
        const timeout = timeoutMs === undefined ? {} : { timeoutMs };
        return JSON.stringify(await capabilities.request(subject, json(data), timeout, signal));
      }),
      reply: answering((data: string) => reply(options.caller(), json(data))),
    },
    schedule: {
      start: waiting((time: WitTime) => {
        const caller = options.caller();
        const request = scheduleOf(time);
        return subscriptions.start((id) =>
          caller.capabilities.schedule(request, () => void fire(caller, id, undefined)),
        );
      }),
      stop,
    },
  };
}

function reply({ asked }: Caller, data: JsonValue): boolean {
  if (!asked || asked.reply !== undefined) return false;
  asked.reply = data;
  return true;
}

function fileImports(caller: () => Caller): HostFunctions {
  const host = (): Capabilities => caller().capabilities;
  return {
    read: waiting((path: string) => host().readFile(path, caller().signal)),
    write: waiting((path: string, content: Uint8Array) => host().writeFile(path, content, caller().signal)),
    append: waiting((path: string, content: Uint8Array) => host().appendFile(path, content, caller().signal)),
    remove: waiting((path: string) => host().removeFile(path, caller().signal)),
    list: waiting((path: string) => host().listFolder(path, caller().signal)),
    stat: waiting(async (path: string) => {
      const info = await host().fileInfo(path, caller().signal);
      return info && { ...info, size: BigInt(info.size) };
    }),
    "disk-usage": waiting(async (path: string) => {
      const { total, available } = await host().diskUsage(path, caller().signal);
      return { total: BigInt(total), available: BigInt(available) };
    }),
  };
}

function storeImports(host: () => Capabilities): HostFunctions {
  return {
    get: waiting(async (key: string) => {
      const value = await host().storeGet(key);
      return value === undefined ? undefined : JSON.stringify(value);
    }),
    set: waiting(async (key: string, value: string) => await host().storeSet(key, json(value))),
    delete: waiting((key: string) => host().storeDelete(key)),
    keys: waiting((prefix: string) => host().storeKeys(prefix)),
  };
}

async function exec({ capabilities, signal }: Caller, request: WitExec): Promise<object> {
  const { command, arguments: args, cwd, env, input, timeout, maxOutput } = request;
  const {
    exitCode,
    signal: endedBy,
    ...output
  } = await capabilities.exec(
    {
      command,
      args,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env.length === 0 ? {} : { env: Object.fromEntries(env) }),
      ...(input === undefined ? {} : { input }),
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      ...(maxOutput === undefined ? {} : { maxOutputBytes: maxOutput }),
    },
    signal,
  );
  return { ...output, exitCode: exitCode ?? undefined, signal: endedBy ?? undefined };
}

function scheduleOf(time: WitTime): ScheduleRequest {
  if (time.tag === "after") return { afterMs: time.value };
  if (time.tag === "every") return { everyMs: time.value };
  const { pattern, timeZone } = time.value;
  return timeZone === undefined ? { cron: pattern } : { cron: pattern, timeZone };
}

function json(text: string): JsonValue {
  return fromWitValue({ json: text, bytes: [] }) as JsonValue;
}

/** A line is worth more than its facts: such as are no object are shown as they were given. */
function facts(text: string): JsonObject {
  try {
    const value = json(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Shown below.
  }
  return { fields: text };
}
