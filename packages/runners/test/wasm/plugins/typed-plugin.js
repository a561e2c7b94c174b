// A plugin of typed functions, which wait where they are called. It is made a component by the tests.
import clock from "berth:plugin/clock@1.0.0";
import emit from "berth:plugin/emit@1.0.0";
import env from "berth:plugin/env@1.0.0";
import events from "berth:plugin/events@1.0.0";
import exec from "berth:plugin/exec@1.0.0";
import fetch from "berth:plugin/fetch@1.0.0";
import files from "berth:plugin/files@1.0.0";
import log from "berth:plugin/log@1.0.0";
import random from "berth:plugin/random@1.0.0";
import schedule from "berth:plugin/schedule@1.0.0";
import secrets from "berth:plugin/secrets@1.0.0";
import services from "berth:plugin/services@1.0.0";
import store from "berth:plugin/store@1.0.0";

const history = [];
const fired = [];
const instances = new Map();

const failure = (message, more = {}) => ({ code: "PLUGIN_FAILED", message, details: null, causes: [], ...more });
const plain = (_, value) =>
  typeof value === "bigint" ? Number(value) : ArrayBuffer.isView(value) ? [...value] : value;

const METHODS = {
  echo: (input) => input,
  history: () => history,
  keep: (content) => {
    saved = content.tag === "bytes" ? { tag: "bytes", val: new Uint8Array(content.val) } : content;
    return null;
  },
  fired: () => fired.splice(0),
  context: (_input, context) => context,
  count: (_input, _context, instance) => ++instance.count,
  instance: (_input, _context, { id, config }) => ({ id, config }),
  fail: (input) => {
    throw failure(input, { code: "CONFIG_INVALID", details: '{"place":1}', causes: ["first", "second"] });
  },
  trap: () => {
    throw new TypeError("nobody declared this");
  },
  spin: () => {
    for (;;);
  },
  hoard: () => {
    const kept = [];
    for (;;) kept.push(new Uint8Array(1_000_000).fill(1));
  },
  fetch: (url) =>
    fetch.send({ url, method: "POST", headers: [["x-a", "1"]], body: new Uint8Array([1, 2]), redirect: "manual" }),
  read: (path) => files.read(path),
  write: (path) => files.write(path, new Uint8Array([7])) ?? null,
  append: (path) => files.append(path, new Uint8Array([8])) ?? null,
  remove: (path) => files.remove(path) ?? null,
  list: (path) => files.list(path),
  stat: (path) => files.stat(path),
  usage: (path) => files.diskUsage(path),
  exec: (command) =>
    exec.run({
      command,
      arguments: ["a"],
      cwd: "/x",
      env: [["A", "1"]],
      input: new Uint8Array([1]),
      timeout: 5,
      maxOutput: null,
    }),
  get: (key) => store.get(key),
  set: (key) => store.set(key, '{"a":1}') ?? null,
  delete: (key) => store.delete(key),
  keys: (prefix) => store.keys(prefix),
  secret: (name) => secrets.get(name),
  handle: (name) => secrets.handle(name),
  service: (name) => services.call(name, "method", { json: '{"in":{"$bytes":0}}', bytes: [new Uint8Array([5])] }).json,
  publish: (subject) => events.publish(subject, "[1]") ?? null,
  subscribe: (subject) => events.subscribe(subject),
  unsubscribe: (id) => events.unsubscribe(id) ?? null,
  request: (subject) => events.request(subject, "[1]", 500),
  env: (name) => env.get(name),
  after: (ms) => schedule.start({ tag: "after", val: ms }),
  cron: (pattern) => schedule.start({ tag: "cron", val: { pattern, timeZone: "Europe/Berlin" } }),
  stop: (id) => schedule.stop(id) ?? null,
  log: (message) => log.write("warn", message, '{"a":1}') ?? null,
  now: () => [clock.now(), clock.monotonic() > 0],
  random: (length) => random.bytes(length).length,
};

export const guest = {
  describe(identity) {
    if (identity.provides.length === 0) throw failure("there is nothing to provide");
    return identity.provides.map((id) => ({
      id,
      description: `${identity.name} ${identity.version}`,
      configSchema: '{"type":"object"}',
    }));
  },
  initialize: () => void history.push("initialize"),
  start: () => void history.push("start"),
  stop: () => void history.push("stop"),
  cleanup() {
    throw failure("the drawer is stuck");
  },
  health: () => ({ health: "degraded", message: "so so" }),
  checkConfig(_contribution, config) {
    if (JSON.parse(config).bad === undefined) return [];
    return [
      {
        path: [
          { tag: "field", val: "bad" },
          { tag: "index", val: 3 },
        ],
        message: "is bad",
      },
    ];
  },
  openInstance(contribution, id, config) {
    if (id === "refused") throw failure("not this one");
    const handle = instances.size + 1;
    instances.set(handle, { id, config: JSON.parse(config), count: 0 });
    history.push(`open ${contribution} ${id}`);
    return { handle, members: contribution === "service/probe" ? Object.keys(METHODS) : ["execute"], data: null };
  },
  closeInstance: (handle) => void history.push(`close ${instances.get(handle).id}`),
  call(handle, member, args, context) {
    const list = JSON.parse(args.json);
    if (list.length > 1) return execute(list);
    const method = Object.values(METHODS)[member];
    // What carries bytes goes back as it came.
    if (method === METHODS.echo) return { json: args.json.slice(1, -1), bytes: args.bytes };
    const result = method(list[0], context, instances.get(handle));
    return { json: JSON.stringify(result, plain) ?? "null", bytes: [] };
  },
  fired(subscription, event) {
    fired.push([subscription, event]);
    if (event?.subject === "a.ask") fired.push([events.reply('{"got":1}'), events.reply("2")]);
    if (event?.subject === "a.told") fired.push([events.reply("3")]);
    if (event?.subject === "a.bad") events.reply("no JSON");
  },
};

let saved = null;

/** Exported where the component is built for the world of plugins that keep state. */
export const state = {
  version: () => 3,
  save: () => saved,
  restore(content) {
    if (content.val === '"broken"') throw failure("it does not fit");
    saved = content;
  },
  migrate(content, from) {
    if (from < 2) throw failure(`it knows no version ${from}`, { code: "STATE_INCOMPATIBLE" });
    return { tag: "json", val: JSON.stringify({ from, was: content.tag, value: content.val }, plain) };
  },
};

/** An executor's function for output comes as `{"$function": 0}`. */
function execute([request, output]) {
  for (const text of request.args) {
    emit.send(output.$function, {
      json: '{"stream":"stdout","bytes":{"$bytes":0}}',
      bytes: [new Uint8Array([text.length])],
    });
  }
  return { json: '{"exitCode":0,"signal":null,"durationMs":1}', bytes: [] };
}
