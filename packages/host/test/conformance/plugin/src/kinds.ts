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
  defineScheduler,
  defineSource,
  fields,
  type OutputRecord,
  pause,
} from "@berth/sdk";
import { history } from "./history.ts";

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

/** One contribution of every kind but services. */
export const KINDS = [
  source,
  layout,
  scheduler,
  executor,
  output,
  command,
  integration,
  configSection,
  event,
  middleware,
  handler,
];
