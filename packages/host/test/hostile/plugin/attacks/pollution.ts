import type { Attack } from "../aim.ts";

/** Objects that are not what they look like, for whoever takes them. */
export const POLLUTION: Record<string, Attack> = {
  "own-prototypes": () => {
    Reflect.set(Object.prototype, "polluted", "by the plugin");
    Reflect.set(Array.prototype, "polluted", "by the plugin");
    return {};
  },
  "proto-key-in-answer": () =>
    JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
  "proto-key-in-store": async (_aim, ctx) => {
    await ctx.store.set("__proto__", { polluted: 1 });
    await ctx.store.set("a", JSON.parse('{"__proto__": {"polluted": 1}}'));
    return ctx.store.get("a");
  },
  "getter-in-answer": () => ({
    get trap() {
      throw new Error("touched");
    },
  }),
  "proxy-in-answer": () => new Proxy({}, { ownKeys: () => ["a"], get: () => "x".repeat(1_000) }),
  "to-json-in-answer": () => ({ toJSON: () => ({ __proto__: { polluted: 1 }, then: "x" }) }),
  "thenable-in-answer": () => ({ value: { then: "not a function" } }),
  "replace-serialisers": () => {
    JSON.stringify = () => '{"jsonrpc":"2.0","id":1,"result":"forged"}';
    Promise.prototype.then = () => {
      throw new Error("no promise");
    };
    return "done";
  },
  "replace-collections": () => {
    Map.prototype.get = () => undefined;
    Map.prototype.set = () => new Map();
    Array.prototype.push = () => 0;
    return "done";
  },
  "hostile-error": () => {
    const error = new Error("x");
    Object.defineProperty(error, "message", {
      get() {
        throw new Error("touched");
      },
    });
    Object.defineProperty(error, "stack", { get: () => ({ toString: () => "\u001b[2J" }) });
    throw error;
  },
  "endless-causes": () => {
    const error = new Error("round");
    error.cause = error;
    throw error;
  },
  "escape-sequences": (_aim, ctx) => {
    ctx.log.info("\u001b[2J\u001b]0;owned\u0007\u009b31m first\nsecond\r\u2028third", { "\u001b[31m": "\u001b[2J" });
    throw new Error("\u001b[2Jcleared\nFAKE LINE");
  },
};
