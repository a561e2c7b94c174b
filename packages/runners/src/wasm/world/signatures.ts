/**
 * The types of the functions in `berth-plugin.wit`, as `describeFunction` writes them: a component that was built for another
 * version of the world is told so when it is loaded, not by a trap at its first call.
 */

const FAILURE = "record{code: string, message: string, details: option<string>, causes: list<string>}";
const VALUE = "record{json: string, bytes: list<list<u8>>}";
const FILE_KIND = "enum{file, folder, other}";
const STATE = "variant{json(string), bytes(list<u8>)}";
const HEADERS = "list<tuple<string, string>>";

const result = (ok: string): string => `result<${ok}, ${FAILURE}>`;

/** By interface and function. */
export const SIGNATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  types: {},
  log: {
    write: "func(level: enum{trace, debug, info, warn, error}, message: string, fields: option<string>)",
  },
  clock: { now: "func() -> f64", monotonic: "func() -> f64" },
  random: { bytes: "func(length: u32) -> list<u8>" },
  fetch: {
    send: `func(request: record{url: string, method: string, headers: ${HEADERS}, body: option<list<u8>>, redirect: enum{follow, error, manual}}) -> ${result(`record{status: u16, status-text: string, url: string, headers: ${HEADERS}, body: list<u8>}`)}`,
  },
  files: {
    read: `func(path: string) -> ${result("list<u8>")}`,
    write: `func(path: string, content: list<u8>) -> ${result("_")}`,
    append: `func(path: string, content: list<u8>) -> ${result("_")}`,
    remove: `func(path: string) -> ${result("_")}`,
    list: `func(path: string) -> ${result(`list<record{name: string, kind: ${FILE_KIND}}>`)}`,
    stat: `func(path: string) -> ${result(`option<record{kind: ${FILE_KIND}, size: u64, modified-at: f64}>`)}`,
    "disk-usage": `func(path: string) -> ${result("record{total: u64, available: u64}")}`,
  },
  exec: {
    run: `func(request: record{command: string, arguments: list<string>, cwd: option<string>, env: ${HEADERS}, input: option<list<u8>>, timeout: option<u32>, max-output: option<u32>}) -> ${result("record{exit-code: option<s32>, signal: option<string>, stdout: list<u8>, stderr: list<u8>}")}`,
  },
  store: {
    get: `func(key: string) -> ${result("option<string>")}`,
    set: `func(key: string, value: string) -> ${result("_")}`,
    delete: `func(key: string) -> ${result("bool")}`,
    keys: `func(prefix: string) -> ${result("list<string>")}`,
  },
  secrets: {
    get: `func(name: string) -> ${result("string")}`,
    handle: `func(name: string) -> ${result("string")}`,
  },
  services: { call: `func(service: string, method: string, input: ${VALUE}) -> ${result(VALUE)}` },
  events: {
    publish: `func(subject: string, data: string) -> ${result("_")}`,
    subscribe: `func(subject: string) -> ${result("u64")}`,
    request: `func(subject: string, data: string, timeout: option<u32>) -> ${result("string")}`,
    unsubscribe: "func(subscription: u64)",
    reply: `func(data: string) -> ${result("bool")}`,
  },
  env: { get: `func(name: string) -> ${result("option<string>")}` },
  schedule: {
    start: `func(time: variant{after(f64), every(f64), cron(record{pattern: string, time-zone: option<string>})}) -> ${result("u64")}`,
    stop: "func(subscription: u64)",
  },
  emit: { send: `func(function: u32, item: ${VALUE})` },
  host: {
    send: `func(messages: ${VALUE})`,
    "wake-after": "func(milliseconds: f64)",
    fail: "func(message: string)",
    "encode-text": "func(text: string) -> list<u8>",
    "decode-text": "func(bytes: list<u8>, strict: bool) -> option<string>",
  },
};

/** An interface that the host calls. */
export type ExportName = "guest" | "state" | "conversation";

/** The functions a plugin exports, by their interface. */
export const EXPORT_SIGNATURES: Readonly<Record<ExportName, Readonly<Record<string, string>>>> = {
  guest: {
    describe: `func(identity: record{name: string, version: string, provides: list<string>}) -> ${result("list<record{id: string, description: string, config-schema: option<string>}>")}`,
    initialize: `func() -> ${result("_")}`,
    start: `func() -> ${result("_")}`,
    stop: `func() -> ${result("_")}`,
    cleanup: `func() -> ${result("_")}`,
    health: `func() -> ${result("record{health: enum{healthy, degraded, unhealthy, unknown}, message: option<string>}")}`,
    "check-config": `func(contribution: string, config: string) -> ${result("list<record{path: list<variant{field(string), index(u32)}>, message: string}>")}`,
    "open-instance": `func(contribution: string, id: string, config: string) -> ${result("record{handle: u32, members: list<string>, data: option<string>}")}`,
    "close-instance": `func(handle: u32) -> ${result("_")}`,
    call: `func(handle: u32, member: u32, arguments: ${VALUE}, context: record{deadline: f64, attempt: u32, caller: string, permissions: list<string>, correlation-id: string}) -> ${result(VALUE)}`,
    fired: "func(subscription: u64, event: option<record{subject: string, data: string, source: string}>)",
  },
  state: {
    version: "func() -> u32",
    save: `func() -> ${result(`option<${STATE}>`)}`,
    restore: `func(content: ${STATE}) -> ${result("_")}`,
    migrate: `func(content: ${STATE}, from: u32) -> ${result(STATE)}`,
  },
  conversation: {
    receive: `func(messages: ${VALUE})`,
    wake: "func()",
  },
};
