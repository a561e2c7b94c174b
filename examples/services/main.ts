import { join } from "node:path";
import { createHost, createTextSink, type Root } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";

const plugin = (name: string): Root => ({
  kind: "plugin",
  path: join(import.meta.dirname, "plugins", name),
  trust: "first-party",
});

await using host = await createHost({
  roots: [plugin("visits"), plugin("guestbook")],
  dataFolder: process.argv[2] ?? ".berth",
  config: { ...defaultHostConfig(), log: { level: "info", format: "text" } },
  logSink: createTextSink(process.stderr),
});

// An application calls services too. They are loaded now: the guestbook by this call, visits by that of the guestbook.
const sign = (guest: string) =>
  host.services.call({ service: "guestbook", method: "sign", input: { guest }, caller: "app/example" });
console.log(await sign("Ada"));
console.log(await sign("Ada"));

// Anybody may translate: here it is the host.
host.services.registerService("translation", { say: (text) => (text === "Hello" ? "Salve" : text) });
console.log(await sign("Ada"));
console.log(host.services.names().join(", "));
