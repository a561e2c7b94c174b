/** What a plugin uses in place of a module of Node.js, by its name. */
const INSTEAD: Readonly<Record<string, string>> = {
  fs: "ctx.files",
  "fs/promises": "ctx.files",
  http: "ctx.fetch",
  https: "ctx.fetch",
  http2: "ctx.fetch",
  net: "ctx.fetch",
  tls: "ctx.fetch",
  dns: "ctx.fetch",
  child_process: "ctx.exec",
  process: "ctx.env",
  crypto: "the global crypto",
  url: "the globals URL and URLSearchParams",
  timers: "the global setTimeout",
  "timers/promises": "pause() of @berth/sdk",
  console: "ctx.log",
  perf_hooks: "ctx.now()",
  buffer: "Uint8Array",
  sqlite: "ctx.store",
};

/** What to tell somebody whose plugin imports a module of Node.js. */
export function insteadOf(name: string): string {
  const bare = name.replace(/^node:/, "");
  const advice = Object.hasOwn(INSTEAD, bare)
    ? `use ${INSTEAD[bare]!}`
    : "leave it out, or run the plugin in tier process";
  return `${name} is a part of Node.js, which a component has not; ${advice}`;
}
