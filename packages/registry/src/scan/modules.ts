import type { PatternName } from "./patterns.ts";

/** What importing a module of Node.js says of the code that does it, by name without `node:`. */
export const MODULES: ReadonlyMap<string, PatternName> = new Map([
  ["child_process", "starts-programs"],
  ["cluster", "starts-programs"],
  ["worker_threads", "starts-threads"],
  ["vm", "dynamic-code"],
  ["module", "loader-hooks"],
  ["inspector", "runtime-internals"],
  ["inspector/promises", "runtime-internals"],
  ["v8", "runtime-internals"],
  ["process", "reads-environment"],
  ["fs", "opens-files"],
  ["fs/promises", "opens-files"],
  ["sqlite", "opens-databases"],
  ["net", "opens-sockets"],
  ["tls", "opens-sockets"],
  ["dgram", "opens-sockets"],
  ["dns", "opens-sockets"],
  ["dns/promises", "opens-sockets"],
  ["http", "opens-sockets"],
  ["http2", "opens-sockets"],
  ["https", "opens-sockets"],
  ["ffi", "native-addon"],
  ["wasi", "opens-files"],
]);
