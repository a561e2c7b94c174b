import { BaseSource, defineService, defineSource, definePlugin, fields, HostError, pause, Secret } from "@berth/sdk";

// What many a plugin does when it is loaded, which for a component is when it is built.
const ADDRESS = new URL("/v1?q=é", "https://api.example.org");
const STARTED = Date.now();
let early = "not yet";
void Promise.resolve().then(() => (early = "early"));

class Greeting extends BaseSource<{ name?: string }> {
  validateConfig(): true {
    if (!this.config.name) throw new TypeError("greeting: name is required");
    return true;
  }

  async fetchData() {
    return { title: "Hello", lines: [this.config.name ?? ""] };
  }
}

async function* countTo(last: number): AsyncGenerator<number> {
  for (let index = 1; index <= last; index++) {
    await Promise.resolve();
    yield index;
  }
}

const service = defineService("probe", {
  create: (_config, ctx) => ({
    methods: {
      echo: (input) => input,
      address: () => [ADDRESS.href, ADDRESS.searchParams.get("q")],
      early: () => early,
      times: () => [STARTED > 1e12, Date.now() >= STARTED, new Date().getTime() > 1e12, new Date(0).getHours()],
      random: () => [Math.random(), crypto.randomUUID()],
      globalFetch: async (input) => {
        const answer = await fetch(input as string, { headers: { "x-a": "1" } });
        return { status: answer.status, text: await answer.text() };
      },
      ownFetch: async (input) => (await ctx.fetch(input as string)).status,
      exec: async () => (await ctx.exec("git")).exitCode,
      timers: async () => {
        const order: string[] = [];
        const interval = setInterval(() => order.push("interval"), 10);
        setTimeout(() => order.push("never"), 5_000).valueOf();
        await new Promise((resolve) => setTimeout(resolve, 35));
        clearInterval(interval);
        return order.length;
      },
      generators: async () => {
        const seen: number[] = [];
        for await (const item of countTo(3)) seen.push(item);
        return [seen, await Array.fromAsync(countTo(2))];
      },
      using: async () => {
        const order: string[] = [];
        {
          await using _ = { [Symbol.asyncDispose]: async () => void order.push("disposed") };
          order.push("used");
        }
        return order;
      },
      meanwhile: async (input, call) => {
        await pause(input as number, call.signal);
        return input;
      },
      base: async () => {
        const [content, metrics] = await new Greeting("x", { name: "Ada" }).execute();
        return [content?.lines ?? [], metrics.success];
      },
      secret: () => String(new Secret("hidden")),
      console: () => {
        console.log("a line", { of: "the log" });
        console.error(new RangeError("seen"));
        return null;
      },
      unhandled: async () => {
        void Promise.reject(new HostError("PLUGIN_FAILED", "nobody looked"));
        return null;
      },
      late: () => {
        setTimeout(() => {
          throw new TypeError("thrown in a timer");
        }, 1);
        return null;
      },
      flood: () => {
        for (;;) ctx.log.info("x".repeat(10_000));
      },
      hoard: () => {
        const kept: Uint8Array[] = [];
        for (;;) kept.push(new Uint8Array(1_000_000).fill(1));
      },
      nothingElse: () => [typeof process, typeof Intl, typeof globalThis],
      large: (input) => ({ bytes: new Uint8Array(input as number).fill(3) }) as never,
    },
  }),
});

const source = defineSource("greeting", {
  config: fields({ name: { type: "string", default: "nobody" } }),
  create: (config) => ({ fetch: async () => ({ title: "Hello", lines: [config.name] }) }),
});

export default definePlugin({ provides: [service, source] });
