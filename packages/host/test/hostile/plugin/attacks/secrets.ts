import { type Attack, each, node } from "../aim.ts";

/** What the host knows and the plugin must not. */
export const SECRETS: Record<string, Attack> = {
  "read-environment": () => ({ ...process.env }),
  "read-proc-environment": ({ hostPid }) =>
    each(
      [`/proc/self/environ`, `/proc/${hostPid}/environ`, `/proc/1/environ`, "/proc/self/task/1/environ"].map(
        (path) => () => node<typeof import("node:fs")>("node:fs").readFileSync(path, "utf8"),
      ),
    ),
  "read-command-lines": ({ hostPid }) =>
    node<typeof import("node:fs")>("node:fs").readFileSync(`/proc/${hostPid}/cmdline`, "utf8") && "TOKEN seen",
  "list-processes": ({ hostPid }) => {
    const names = node<typeof import("node:fs")>("node:fs").readdirSync("/proc");
    if (!names.includes(String(hostPid))) throw new Error("not there");
    return "TOKEN it is there";
  },
  "report-environment": () => process.report.getReport(),
  "ask-for-secret": async (_aim, ctx) =>
    each([
      async () => (await ctx.secrets.get("HOST_SECRET")).reveal(),
      async () => ctx.env.get("HOST_SECRET"),
      async () => ctx.env.get("PATH\u0000HOST_SECRET"),
    ]),
  "host-name": () => {
    const { hostname, userInfo } = node<typeof import("node:os")>("node:os");
    return [hostname(), userInfo().username, userInfo().homedir];
  },
  "store-of-another": async (_aim, ctx) =>
    each([
      () => ctx.store.get("neighbour/token"),
      () => ctx.store.get("../neighbour/token"),
      () => ctx.store.keys(""),
      () => ctx.store.keys("%"),
    ]),
  "events-of-others": async (_aim, ctx) => {
    const heard: unknown[] = [];
    await each(
      [">", "*", "neighbour.*", "neighbour.token"].map(
        (subject) => () => ctx.events.subscribe(subject, (event) => heard.push(event)),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    return heard;
  },
  "services-of-the-host": async (_aim, ctx) =>
    each([
      () => ctx.services.call("machine", "figures"),
      () => ctx.services.call("runs", "list"),
      () => ctx.services.call("__proto__", "toString"),
      () => ctx.services.call("constructor", "constructor"),
    ]).then((found) => `TOKEN ${JSON.stringify(found)}`),
  "forge-an-event": async (_aim, ctx) =>
    each([
      () => ctx.events.publish("plugin.limit", { forged: true }),
      () => ctx.events.publish("neighbour.order", { forged: true }),
    ]).then(() => "TOKEN published"),
};
