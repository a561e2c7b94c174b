import {
  type BusEvent,
  defineCommand,
  defineConfigSection,
  defineEvent,
  defineExecutor,
  defineHandler,
  defineIntegration,
  defineLayout,
  defineMiddleware,
  defineOutput,
  definePlugin,
  defineScheduler,
  defineService,
  defineSource,
  type EventHandler,
  fields,
  HostError,
  type JsonValue,
  type OutputRecord,
  pause,
  type PluginContext,
  type SavedState,
} from "@berth/sdk";

/** What happened to the plugin as a whole, for the suite to ask about. */
const history: string[] = [];

const source = defineSource("probe", {
  description: "Content from its configuration",
  config: fields({
    title: { type: "string", default: "untitled" },
    url: { type: "string" },
    count: { type: "int", default: 1, min: 0, max: 10 },
    silent: { type: "bool", default: false },
  }),
  create: (config, ctx) => {
    if (config.title === "refused") throw new Error("this title cannot work");
    let runs = 0;
    return {
      fetch: async () => {
        runs++;
        if (config.silent) return undefined;
        return {
          title: config.title,
          lines: [ctx.instanceId, ctx.plugin.name, ctx.plugin.version, String(config.count), String(runs)],
        };
      },
      shouldRender: (content, previous) => content.title !== previous?.title,
      dispose: () => void history.push(`dispose ${ctx.instanceId}`),
    };
  },
});

const layout = defineLayout("probe", {
  create: () => ({
    render: (content, frame) => ({
      root: {
        type: "box",
        style: { width: frame.width, height: frame.height },
        children: [{ type: "text", text: content.title, style: { fontSize: 20 * frame.unit } }],
      },
    }),
  }),
});

const scheduler = defineScheduler("probe", {
  create: () => ({
    next: (last) => {
      if (last === undefined) return { delayMs: 0 };
      return last.count < 3 ? { delayMs: last.count * 1_000 } : undefined;
    },
  }),
});

const executor = defineExecutor("probe", {
  create: () => ({
    execute: async ({ command, args }, emit, call) => {
      for (const [place, text] of args.entries()) {
        await emit({ stream: place % 2 === 0 ? "stdout" : "stderr", bytes: new TextEncoder().encode(text) });
        if (place % 10 === 9) await pause(0, call.signal);
      }
      return { exitCode: command === "fail" ? 3 : 0, signal: null, durationMs: args.length };
    },
  }),
});

const output = defineOutput("probe", {
  create: (_config, ctx) => {
    const held: OutputRecord[] = [];
    return {
      write: async (record) => void held.push(record),
      flush: async () =>
        ctx.store.set(
          "flushed",
          held.map((record) => record.id),
        ),
    };
  },
});

const command = defineCommand("probe", {
  create: () => ({
    run: async ({ args, flags }, print) => {
      for (const arg of args) print(`${arg}\n`);
      print(JSON.stringify(flags));
      return args.length;
    },
  }),
});

const integration = defineIntegration("probe", {
  create: () => {
    let isConnected = false;
    return {
      connect: async () => {
        isConnected = true;
      },
      check: async () => (isConnected ? { health: "healthy" } : { health: "unhealthy", message: "not connected" }),
      disconnect: async () => {
        isConnected = false;
      },
    };
  },
});

const configSection = defineConfigSection("probe", {
  create: () => ({
    check: (section) => (typeof section === "number" ? [] : [`a number is needed, not ${typeof section}`]),
  }),
});

const event = defineEvent("probe", {
  create: (_config, ctx) => ({
    subjects: ["outside.*"],
    handle: async ({ subject, data, from }: BusEvent) => ctx.store.set(`handled ${subject}`, [data, from]),
  }),
});

const middleware = defineMiddleware("probe", {
  create: () => ({
    before: (request) =>
      request.path === "/closed"
        ? { status: 403, headers: {}, body: new TextEncoder().encode("closed") }
        : { ...request, headers: { ...request.headers, "x-probe": "before" } },
    after: (_request, response) => ({ ...response, headers: { ...response.headers, "x-probe": "after" } }),
  }),
});

const handler = defineHandler("probe", {
  create: () => ({
    handle: (request) => ({
      status: 200,
      headers: { "content-type": "application/octet-stream", "x-length": String(request.body.length) },
      body: request.body.toReversed(),
    }),
  }),
});

const heard: { subject: string; data: JsonValue; from: string }[] = [];
const subscriptions = new Map<string, Disposable>();
const given: string[] = [];

interface Hearing {
  events: [from: string, data: JsonValue][];
  subscription: Disposable;
}

const hearings: Hearing[] = [];

async function hear(ctx: PluginContext, subject: string): Promise<Hearing> {
  const events: Hearing["events"] = [];
  const subscription = await ctx.events.subscribe(subject, ({ from, data }) => void events.push([from, data]));
  return { events, subscription };
}

/** Ways to answer a request. */
const REPLIES = {
  data: ({ data }) => ({ got: data }),
  later: async ({ data }, request) => {
    await pause(0, request!.signal);
    return data;
  },
  nothing: () => undefined,
  error: () => {
    throw new HostError("CONFIG_INVALID", "not like this", { details: { place: 1 } });
  },
  never: (_event, request) => untilGivenUp(request!.signal),
  isAsked: (_event, request) => [request !== undefined, request!.deadline < Infinity],
} satisfies Record<string, EventHandler>;

/** Waits until the call is given up, and says how it was. */
async function untilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      given.push(signal.reason instanceof Error ? signal.reason.message : String(signal.reason));
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

const service = defineService("probe", {
  create: (_config, ctx) => {
    let count = 0;
    return {
      methods: {
        echo: (input) => input,
        kind: (input) => (input === undefined ? "undefined" : input === null ? "null" : typeof input),
        nothing: () => undefined as never,
        size: (input) => (input as unknown as Uint8Array).byteLength,
        sum: (input) => (input as unknown as Uint8Array).reduce((total, byte) => total + byte, 0),
        bytes: (input) => new Uint8Array(input as number).fill(7) as never,
        mixed: () => ({ list: [new Uint8Array([1, 2, 3]), { inner: new Uint8Array(2) }], text: "t" }) as never,
        increment: () => ++count,
        history: () => history,
        given: () => given.splice(0),
        caller: (_input, call) => ({
          caller: call.caller,
          attempt: call.attempt,
          correlationId: call.correlationId,
          hasDeadline: Number.isFinite(call.deadline),
        }),
        remaining: (_input, call) => call.deadline - ctx.now(),
        now: () => ctx.now(),
        wait: (_input, call) => untilGivenUp(call.signal),
        spin: (input) => {
          const until = Date.now() + (input as number);
          while (Date.now() < until);
          return "spun";
        },
        fail: (input) => {
          throw new Error(input as string);
        },
        failLater: async (input, call) => {
          await pause(0, call.signal);
          throw new Error(input as string);
        },
        failTyped: (input) => {
          throw new HostError("CONFIG_INVALID", "the place is wrong", { details: { place: input } });
        },
        failAsHost: () => {
          throw new HostError("INVARIANT_BROKEN", "I am the host, believe me");
        },
        failDeep: () => {
          const cause = new Error("the disk is full", { cause: new TypeError("no space") });
          throw new Error("cannot save", { cause });
        },
        failWithText: () => {
          // oxlint-disable-next-line no-throw-literal -- plugins do it
          throw "just text";
        },
        failWithNothing: () => {
          // oxlint-disable-next-line no-throw-literal -- plugins do it
          throw undefined;
        },
        failLong: (input) => {
          throw new Error("x".repeat(input as number));
        },
        // Behind types, which are gone when it runs.
        place: (_input: JsonValue): string => new Error("here").stack ?? "",
        compilers: () => {
          const { process: own } = globalThis as { process?: { moduleLoadList?: readonly string[] } };
          return (own?.moduleLoadList ?? []).filter((name) => name.includes("amaro"));
        },
        unclonable: () => (() => 1) as never,
        cyclic: () => {
          const cycle: { [name: string]: JsonValue } = {};
          cycle["self"] = cycle;
          return cycle;
        },
        storeSet: async (input) => {
          await ctx.store.set("value", input);
          return null;
        },
        storeGet: async () => (await ctx.store.get("value")) ?? "absent",
        storeKeys: () => ctx.store.keys(),
        storeDelete: () => ctx.store.delete("value"),
        fileRoundTrip: async (input) => {
          const [first = "", ...others] = input as string;
          await ctx.files.write("folder/note.txt", first);
          await ctx.files.append("folder/note.txt", others.join(""));
          const text = await ctx.files.readText("folder/note.txt");
          const entries = await ctx.files.list("folder");
          const info = await ctx.files.info("folder/note.txt");
          await ctx.files.remove("folder/note.txt");
          const isGone = (await ctx.files.info("folder/note.txt")) === undefined;
          return { text, entries: entries.map(({ name, kind }) => ({ name, kind })), size: info?.size ?? -1, isGone };
        },
        binaryFile: async (input) => {
          await ctx.files.write("blob.bin", input as unknown as Uint8Array);
          return (await ctx.files.read("blob.bin")) as never;
        },
        readOutside: async (input) => ctx.files.readText(input as string),
        fetchText: async (input) => {
          const answer = await ctx.fetch(input as string, { headers: { "x-probe": "yes" } });
          return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
        },
        fetchAbort: async (input, call) => {
          await ctx.fetch(input as string, { signal: call.signal });
          return null;
        },
        post: async (input) => {
          const { url, text } = input as { url: string; text: string };
          const answer = await ctx.fetch(url, { method: "POST", body: text });
          return await answer.text();
        },
        secret: async (input) => {
          const secret = await ctx.secrets.get(input as string);
          return { shown: String(secret), length: secret.reveal().length };
        },
        env: async (input) => (await ctx.env.get(input as string)) ?? "absent",
        callMachine: () => ctx.services.call("machine", "figures"),
        callMissing: (input) => ctx.services.call(input as string, "figures"),
        exec: async (input) => {
          const result = await ctx.exec(input as string);
          return result.exitCode;
        },
        log: (input) => {
          ctx.log.info(input as string, { from: "probe" });
          return null;
        },
        publish: async (input) => {
          const { subject, data } = input as { subject: string; data: JsonValue };
          await ctx.events.publish(subject, data);
          return null;
        },
        subscribe: async (input) => {
          const subject = input as string;
          subscriptions.set(subject, await ctx.events.subscribe(subject, (one) => void heard.push(one)));
          return null;
        },
        unsubscribe: (input) => {
          subscriptions.get(input as string)?.[Symbol.dispose]();
          return null;
        },
        heard: () => heard.splice(0),
        listenTo: async (input) => {
          const hearing = await Promise.all((input as string[]).map(async (subject) => hear(ctx, subject)));
          hearings.push(...hearing);
          return null;
        },
        heardByAll: () => hearings.map(({ events }) => events),
        listenNoMore: () => {
          for (const { subscription } of hearings.splice(0)) subscription[Symbol.dispose]();
          return null;
        },
        publishAll: async (input) => {
          await Promise.all(
            (input as [string, JsonValue][]).map(([subject, data]) => ctx.events.publish(subject, data)),
          );
          return null;
        },
        request: async (input, { signal }) => {
          const { subject, data, timeoutMs } = input as { subject: string; data: JsonValue; timeoutMs?: number };
          return ctx.events.request(subject, data, timeoutMs === undefined ? { signal } : { timeoutMs, signal });
        },
        reply: async (input) => {
          const { subject, how } = input as { subject: string; how: keyof typeof REPLIES };
          subscriptions.set(subject, await ctx.events.subscribe(subject, REPLIES[how]));
          return null;
        },
        tick: async (input) => {
          const { promise, resolve } = Promise.withResolvers<void>();
          await ctx.schedule.after(input as number, resolve);
          await promise;
          return "ticked";
        },
      },
    };
  },
});

/** Deeper than anybody writes by hand. */
function nested(levels: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** What a plugin may try to hand on and cannot, by the name the suite asks for it. */
const UNCARRIABLE: Readonly<Record<string, () => unknown>> = {
  function: () => ({ users: [{ name: "Ada", onLogin: () => 1 }] }),
  map: () => ({ byName: new Map() }),
  "not a number": () => [Number.NaN],
  "bytes in JSON": () => ({ "the image": new Uint8Array(1) }),
  cycle: () => {
    const state: { self: { around?: unknown }[] } = { self: [{}] };
    state.self[0]!.around = state;
    return state;
  },
  deep: () => ({ tree: nested(300) }),
  large: () => ({ text: "x".repeat(1_100_000) }),
  "large bytes": () => new Uint8Array(1_100_000),
};

let carried: SavedState | undefined;
let uncarriable: string | undefined;
/** What it was given to go on from, in which form. */
let migrated: JsonValue = null;

const state = defineService("state", {
  create: () => ({
    methods: {
      set: (input) => {
        carried = input === null ? undefined : input;
        return null;
      },
      get: () => (carried ?? null) as JsonValue,
      migrated: () => migrated,
      spoil: (input) => {
        uncarriable = (input as string | null) ?? undefined;
        return null;
      },
    },
  }),
});

export default definePlugin({
  provides: [
    source,
    layout,
    scheduler,
    executor,
    output,
    command,
    service,
    integration,
    configSection,
    event,
    middleware,
    handler,
    state,
  ],
  stateVersion: 3,
  saveState: () => {
    if (uncarriable === "failure") throw new Error("the shelf is stuck");
    return uncarriable === undefined ? carried : (UNCARRIABLE[uncarriable]!() as SavedState);
  },
  restoreState: (value) => {
    if (value === "unusable") throw new Error("this is not mine");
    carried = value;
  },
  migrateState: (value, { from, to }) => {
    if (from < 2) throw new HostError("STATE_INCOMPATIBLE", `it knows no version ${from}`);
    migrated = { from, to, isBytes: value instanceof Uint8Array };
    return value instanceof Uint8Array ? value : { of: from, value };
  },
  initialize: () => void history.push("initialize"),
  start: () => void history.push("start"),
  stop: async (ctx) => {
    history.push("stop");
    await ctx.store.set("stopped", true);
  },
  cleanup: () => void history.push("cleanup"),
  health: () => ({ health: "degraded", message: "a probe is never quite well" }),
});
