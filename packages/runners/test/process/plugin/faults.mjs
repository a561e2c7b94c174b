import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { definePlugin, defineService } from "@berth/sdk";

/** The descriptor of the channel, which a plugin that means harm finds without being told. */
const HOST = 3;
const MIB = 2 ** 20;

const say = (message) => writeSync(HOST, `${typeof message === "string" ? message : JSON.stringify(message)}\n`);
const kept = [];

/** One misbehaving plugin: a method for each fault. */
const methods = {
  echo: (value) => value,
  state: () => kept.push(1),

  seen: () => ({
    code: import.meta.url,
    cwd: process.cwd(),
    pid: process.pid,
    uid: process.getuid(),
    env: { ...process.env },
    arguments: process.execArgv,
    memoryMb: Math.round(process.memoryUsage().rss / MIB),
  }),
  read: (path) => readFileSync(path, "utf8"),
  write: ({ path, text }) => writeFileSync(path, text),
  run: (file) => execFileSync(file, { encoding: "utf8" }),
  startMany: async (count) => {
    const started = await Promise.all(
      Array.from({ length: count }, async () => {
        const child = spawn("/bin/sleep", ["60"], { stdio: "ignore" });
        try {
          await once(child, "spawn");
          return true;
        } catch {
          return false;
        }
      }),
    );
    return started.filter(Boolean).length;
  },

  exit: (code) => process.exit(code),
  throwLater: () => void setImmediate(() => JSON.parse("no json")),
  signal: (name) => process.kill(process.pid, name),
  abort: () => process.abort(),
  hang: () => new Promise(() => undefined),
  spin: () => {
    for (;;);
  },

  heap: () => {
    const all = [];
    for (;;) all.push(Array.from({ length: 10_000 }, (_, index) => ({ index })));
  },
  buffers: async () => {
    for (;;) {
      kept.push(Buffer.alloc(4 * MIB, 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  wasm: async () => {
    for (;;) {
      const memory = new WebAssembly.Memory({ initial: 64 });
      new Uint8Array(memory.buffer).fill(1);
      kept.push(memory);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  strings: async () => {
    for (;;) {
      kept.push(Buffer.alloc(4 * MIB, kept.length).toString("latin1"));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },

  /** Lines of `bytes` each, to one stream. */
  flood: ({ stream, lines, bytes }) => {
    const block = `${"x".repeat(bytes - 1)}\n`;
    const many = Math.max(1, Math.floor(65_536 / bytes));
    const text = Buffer.from(block.repeat(many));
    for (let left = lines; left > 0; left -= many) {
      const part = left >= many ? text : text.subarray(0, left * bytes);
      for (let at = 0; at < part.length;) at += writeAll(stream === "stderr" ? 2 : 1, part.subarray(at));
    }
  },

  forge: async (kind) => {
    FORGERIES[kind]();
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
};

/** A pipe that is full says so instead of waiting, when Node.js has set it that way. */
function writeAll(descriptor, bytes) {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
    return 0;
  }
}

const FORGERIES = {
  "unknown-answer": () => say({ jsonrpc: "2.0", id: 4_711, result: {} }),
  "second-answer": () => {
    say({ jsonrpc: "2.0", id: 1, result: {} });
    say({ jsonrpc: "2.0", id: 1, result: {} });
  },
  "giant-frame": () => {
    const part = Buffer.alloc(MIB, 0x20);
    for (let count = 0; count < 80; count++) {
      for (let at = 0; at < part.length;) at += writeAll(HOST, part.subarray(at));
    }
  },
  "giant-length": () => writeSync(HOST, Buffer.from([0xc1, 0xff, 0xff, 0xff, 0xff])),
  "no-json": () => say("{no json"),
  "id-goes-back": () => {
    say({ jsonrpc: "2.0", id: 1_000_000, method: "store.get", params: { instanceId: "", key: "a" } });
    say({ jsonrpc: "2.0", id: 5, method: "store.get", params: { instanceId: "", key: "a" } });
  },
  "foreign-instance": () => {
    say({ jsonrpc: "2.0", id: 2_000_000, method: "store.get", params: { instanceId: "of-another", key: "a" } });
  },
};

const hook = (name) => () => console.log(name);

export default definePlugin({
  provides: [defineService("faults", { create: () => ({ methods }) })],
  initialize: hook("initialize"),
  start: hook("start"),
  stop: hook("stop"),
  cleanup: hook("cleanup"),
  health: () => ({ health: "degraded", message: "as ever" }),
});
