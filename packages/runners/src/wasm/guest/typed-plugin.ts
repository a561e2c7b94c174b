import { type Clock, errorMessage, type JsonValue } from "@berth/base";
import {
  type CallContext,
  type Capabilities,
  type ConfigIssue,
  type ContributionKind,
  type DeliveredEvent,
  HostError,
  type LogEntry,
  type PluginIdentity,
} from "@berth/contract";
import type { ComponentFunction } from "../component/functions.ts";
import { interfaceName } from "../world/check-exports.ts";
import type { HostFunctions, WitResult } from "../world/host-function.ts";
import { Subscriptions } from "../world/subscriptions.ts";
import { type Caller, typedImports } from "../world/typed-imports.ts";
import { errorOf } from "../world/wit-failure.ts";
import { fromWitValue, toWitValue, type WitValue } from "../world/wit-value.ts";
import { type AnyContribution, definePlugin, type PluginDefinition } from "@berth/sdk";
import type { ComponentCalls, RunningComponent } from "./component-calls.ts";
import { type StateHooks, stateHooks } from "./typed-state.ts";

/** What {@link TypedPlugin} needs. */
export interface TypedPluginOptions {
  clock: Clock;
  now: () => number;
  /** Capabilities of one instance; `""` is the plugin as a whole. */
  capabilities: (instanceId: string) => Capabilities;
}

/** Lines that one call may log. */
const MOST_LINES = 1_000;

interface WitContribution {
  id: string;
  description: string;
  configSchema: string | undefined;
}

interface WitIssue {
  path: { tag: "field" | "index"; value: string | number }[];
  message: string;
}

interface WitInstance {
  handle: number;
  members: string[];
  data: string | undefined;
}

type Method = (...args: unknown[]) => unknown;

/** A component of typed functions, as the definition of a plugin that calls them. */
export class TypedPlugin {
  /** What it can import. */
  readonly imports: Record<string, HostFunctions>;
  readonly #plugin: Caller;
  #caller: Caller;
  #functions: ReadonlyMap<string, ComponentFunction> = new Map();
  #calls: ComponentCalls | undefined;
  /** Logged in the call under way. */
  #lines = 0;
  #onFailure: () => void = () => undefined;
  readonly #capabilities: TypedPluginOptions["capabilities"];

  constructor({ clock, now, capabilities }: TypedPluginOptions) {
    this.#capabilities = capabilities;
    this.#plugin = { capabilities: capabilities(""), signal: new AbortController().signal, functions: [] };
    this.#caller = this.#plugin;
    this.imports = typedImports({
      clock,
      now,
      caller: () => this.#caller,
      log: (entry) => this.#log(entry),
      subscriptions: new Subscriptions(),
      fire: (caller, subscription, event) => this.#fire(caller, subscription, event),
    });
  }

  /** The component is linked: asks it what it is. */
  async define({ component, calls, onFailure }: RunningComponent, identity: PluginIdentity): Promise<PluginDefinition> {
    this.#onFailure = onFailure;
    this.#functions = component.functionsOf(interfaceName("guest"))!;
    this.#calls = calls;
    const contributions = (await this.#ask("describe", [identity])) as WitContribution[];
    const hook = (name: string) => async (): Promise<void> => void (await this.#ask(name, []));
    return definePlugin({
      provides: contributions.map((contribution) => this.#contribution(contribution)),
      initialize: hook("initialize"),
      start: hook("start"),
      stop: hook("stop"),
      cleanup: hook("cleanup"),
      health: async () => (await this.#ask("health", [])) as never,
      ...(await this.#stateHooks(component.functionsOf(interfaceName("state")))),
    });
  }

  /** @param functions those of the interface `state`, where it exports that. */
  async #stateHooks(functions: ReadonlyMap<string, ComponentFunction> | undefined): Promise<StateHooks> {
    if (!functions) return {};
    const version = (await this.#enter(functions.get("version")!, [], this.#plugin)) as number;
    return stateHooks(version, (name, args) => this.#askOf(functions, name, args, this.#plugin));
  }

  #contribution({ id, description, configSchema }: WitContribution): AnyContribution {
    const [kind, name] = id.split("/", 2) as [ContributionKind, string];
    const definition = {
      kind,
      name,
      description,
      config: {
        "~standard": {
          version: 1,
          vendor: "berth",
          validate: async (config: unknown) => {
            const issues = await this.#check(id, config);
            return issues.length > 0 ? { issues } : { value: config };
          },
          ...(configSchema === undefined ? {} : { jsonSchema: { input: () => JSON.parse(configSchema) as object } }),
        },
      },
      create: (config: unknown, ctx: { instanceId: string }) => this.#create(id, kind, ctx.instanceId, config),
    };
    return definition as unknown as AnyContribution;
  }

  /** A component that logs in a loop is not heard by the host before it ends: all its lines would lie here until then. */
  #log(entry: LogEntry): void {
    const { capabilities } = this.#caller;
    this.#lines++;
    if (this.#lines < MOST_LINES) capabilities.log(entry);
    else if (this.#lines === MOST_LINES) {
      capabilities.log({ level: "warn", message: `What it logs after ${MOST_LINES} lines of one call is dropped` });
    }
  }

  async #check(contribution: string, config: unknown): Promise<ConfigIssue[]> {
    const issues = (await this.#ask("check-config", [contribution, JSON.stringify(config ?? {})])) as WitIssue[];
    return issues.map(({ path, message }) => ({ path: path.map(({ value }) => value), message }));
  }

  async #create(contribution: string, kind: ContributionKind, id: string, config: unknown): Promise<object> {
    const capabilities = this.#capabilities(id);
    const owner: Caller = { ...this.#plugin, capabilities };
    const args = [contribution, id, JSON.stringify(config ?? {})];
    const { handle, members, data } = (await this.#ask("open-instance", args, owner)) as WitInstance;
    const methods = Object.fromEntries(
      members.map((member, index) => [member, this.#method(capabilities, handle, index)]),
    );
    const dispose = async (): Promise<void> => void (await this.#ask("close-instance", [handle], owner));
    if (kind === "service") return { methods, dispose };
    return { ...dataOf(data), ...methods, dispose };
  }

  #method(capabilities: Capabilities, handle: number, member: number): Method {
    return (...all) => {
      const call = all.pop() as CallContext;
      const { values, functions } = withoutFunctions(all);
      const answer = this.#ask(
        "call",
        [handle, member, toWitValue(values), call],
        new MethodCaller(capabilities, functions, call),
      );
      return then(answer, (value) => fromWitValue(value as WitValue));
    };
  }

  /** One event after the other: what this returns holds the next one back, and is the reply to a request. */
  async #fire(caller: Caller, subscription: bigint, event: DeliveredEvent | undefined): Promise<JsonValue | undefined> {
    const told = event && { subject: event.subject, data: JSON.stringify(event.data), source: event.from };
    const { signal = this.#plugin.signal } = event?.request ?? {};
    const asked: NonNullable<Caller["asked"]> = {};
    const owner: Caller = { ...this.#plugin, capabilities: caller.capabilities, signal };
    if (event?.request) owner.asked = asked;
    try {
      await this.#enter(this.#functions.get("fired")!, [subscription, told], owner);
      return asked.reply;
    } catch (error) {
      // Nobody waits for it any more: it was not called.
      if (signal.aborted) return undefined;
      if (event?.request) throw error;
      caller.capabilities.log({ level: "error", message: `An event was not handled: ${errorMessage(error)}` });
      return undefined;
    }
  }

  /** @throws HostError what the component answered in place of a value, or that it trapped. */
  #ask(name: string, args: readonly unknown[], caller = this.#plugin): unknown {
    return this.#askOf(this.#functions, name, args, caller);
  }

  #askOf(
    functions: ReadonlyMap<string, ComponentFunction>,
    name: string,
    args: readonly unknown[],
    caller: Caller,
  ): unknown {
    return then(this.#enter(functions.get(name)!, args, caller), (result) => {
      const { tag, value } = result as WitResult;
      if (tag === "ok") return value;
      this.#onFailure();
      throw errorOf(value);
    });
  }

  #enter(func: ComponentFunction, args: readonly unknown[], caller: Caller): unknown {
    return this.#calls!.soon(func, args, (hasWaited) => {
      if (hasWaited) caller.signal.throwIfAborted();
      this.#caller = caller;
      this.#lines = 0;
    });
  }
}

/** Who calls a method. Its signal is asked for only where something waits: to make one takes as long as a whole call. */
class MethodCaller implements Caller {
  readonly capabilities: Capabilities;
  readonly functions: Caller["functions"];
  readonly #call: CallContext;

  constructor(capabilities: Capabilities, functions: Caller["functions"], call: CallContext) {
    this.capabilities = capabilities;
    this.functions = functions;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get outer(): CallContext {
    return this.#call;
  }
}

/** As soon as can be: a component that never waits answers at once, and a promise costs more than its answer. */
function then(value: unknown, work: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(work) : work(value);
}

function dataOf(json: string | undefined): object {
  const data: unknown = json === undefined ? {} : fromWitValue({ json, bytes: [] });
  if (typeof data === "object" && data !== null) return data;
  throw new HostError("CONTRACT_BROKEN", "The data of an instance is no object");
}

/** Functions stay here; in their place goes which of them it is. */
function withoutFunctions(args: readonly unknown[]): {
  values: unknown[];
  functions: ((item: unknown) => unknown)[];
} {
  const functions: ((item: unknown) => unknown)[] = [];
  const values = args.map((arg) =>
    typeof arg === "function" ? { $function: functions.push(arg as (item: unknown) => unknown) - 1 } : (arg ?? null),
  );
  return { values, functions };
}
