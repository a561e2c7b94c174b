import { once } from "node:events";
import { join } from "node:path";
import { createHost, createTextSink, type Root } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";

const plugin = (name: string): Root => ({
  kind: "plugin",
  path: join(import.meta.dirname, "plugins", name),
  trust: "first-party",
});

await using host = await createHost({
  roots: [plugin("alarm"), plugin("rota")],
  dataFolder: process.argv[2] ?? ".berth",
  config: { ...defaultHostConfig(), log: { level: "info", format: "text" } },
  logSink: createTextSink(process.stderr),
});
const raised = new EventTarget();
host.events.subscribe({ owner: "app/example", pattern: "alarm.raised" }, ({ data, from }) => {
  console.log(`${from} raised an alarm: ${JSON.stringify(data)}`);
  raised.dispatchEvent(new Event("alarm"));
});
await host.start(AbortSignal.timeout(10_000));

// The host says so when a plugin fails; here nobody has to. The alarm is loaded by it.
host.events.publish({ subject: "plugin.failed", data: { plugin: "weather" }, from: "host" });
await once(raised, "alarm");

// Applications ask, too.
const who = await host.events.request(
  { subject: "rota.ask", data: "weather", from: "app/example" },
  { timeoutMs: 2_000 },
);
console.log(`Next is ${JSON.stringify(who)}`);
