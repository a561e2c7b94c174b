import { ManualClock, systemClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { HeldLink, pairedPeers } from "../test/paired-peers.ts";
import { Peer } from "./peer.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function held(limits = {}) {
  const link = new HeldLink();
  return { link, peer: new Peer({ link, clock: systemClock, limits }) };
}

describe("Peer requests", () => {
  test("go both ways at once, and nothing is an answer too", async () => {
    using pair = pairedPeers(systemClock);
    pair.plugin.handle("double", async (params) => 2 * ((await pair.plugin.request("given", params)) as number));
    pair.host.handle("given", (params) => params);
    pair.host.handle("nothing", () => undefined);
    expect(await pair.host.request("double", 21)).toBe(42);
    expect(await pair.plugin.request("nothing", {})).toBeNull();
  });

  test("of one turn leave as one frame, in order, and so do their answers", async () => {
    using pair = pairedPeers(systemClock);
    pair.plugin.handle("echo", async (params) => params);
    const numbers = Array.from({ length: 64 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => pair.host.request("echo", number)))).toEqual(numbers);
    expect(pair.hostLink.sent.map((messages) => messages.length)).toEqual([64]);
    expect(pair.pluginLink.sent.map((messages) => messages.length)).toEqual([64]);
    expect(pair.hostLink.sent[0]![63]).toEqual({ id: 64, method: "echo", params: 63 });
  });

  test("that fail bring the error back: code, message, details, causes", async () => {
    using pair = pairedPeers(systemClock);
    pair.plugin.handle("fetch", () => {
      throw new HostError("CAPABILITY_FAILED", "Cannot fetch", {
        details: { host: "example" },
        cause: new Error("no route", { cause: new Error("cable") }),
      });
    });
    pair.plugin.handle("later", async () => {
      throw new TypeError("not a function");
    });
    const error = (await pair.host.request("fetch", {}).catch((thrown: unknown) => thrown)) as HostError;
    expect(error).toMatchObject({ code: "CAPABILITY_FAILED", message: "Cannot fetch", details: { host: "example" } });
    expect((error.cause as Error).message).toBe("no route");
    expect(((error.cause as Error).cause as Error).message).toBe("cable");
    await expect(pair.host.request("later", {})).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: "not a function",
      stack: expect.stringContaining("peer.test.ts"),
    });
    await expect(pair.host.request("unknown", {})).rejects.toMatchObject({
      code: "CONTRACT_BROKEN",
      details: { rpcCode: -32_601 },
    });
  });

  test("more than the other side takes wait for an answer", async () => {
    using pair = pairedPeers(systemClock, { incomingRequests: 3, outgoingRequests: 3 });
    let running = 0;
    let most = 0;
    pair.plugin.handle("work", async (params) => {
      most = Math.max(most, ++running);
      await turn();
      running--;
      return params;
    });
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => pair.host.request("work", number)))).toEqual(numbers);
    expect(most).toBe(3);
  });

  test("of many bytes are refused, one by one, when too many are under way", async () => {
    const { link, peer } = held({ incomingBytes: 1_000_000 });
    peer.handle("write", never);
    link.deliver(
      [
        { id: 1, method: "write" },
        { id: 2, method: "write" },
      ],
      900_000,
    );
    link.deliver([{ id: 3, method: "write" }], 200_000);
    link.deliver([{ id: 4, method: "write" }], 50_000);
    await turn();
    expect(link.sent.flat()).toMatchObject([{ id: 3, error: { data: { code: "LIMIT_EXCEEDED" } } }]);
    peer.close();
  });
});

describe("Peer cancellation", () => {
  test("rejects at once with the reason, tells the handler, and swallows the late answer", async () => {
    using pair = pairedPeers(systemClock);
    const started = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<unknown>();
    pair.plugin.handle("work", async (_params, { signal }) => {
      started.resolve();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      stopped.resolve(signal.reason);
      return "late";
    });
    const giveUp = new AbortController();
    const work = pair.host.request("work", {}, { signal: giveUp.signal });
    await started.promise;
    const reason = new HostError("CALL_DEADLINE_EXCEEDED", "Too slow");
    giveUp.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(await stopped.promise).toMatchObject({ code: "CALL_CANCELLED" });
    await turn();
    await turn();
    pair.plugin.handle("echo", (params) => params);
    expect(await pair.host.request("echo", 1)).toBe(1);
  });

  test("of a request that was answered, refused or never made is nothing", async () => {
    const { link, peer } = held();
    peer.handle("echo", (params) => params);
    link.deliver([{ id: 1, method: "echo", params: 1 }]);
    link.deliver([
      { method: "$/cancel", params: { id: 1 } },
      { method: "$/cancel", params: { id: 99 } },
    ]);
    await turn();
    expect(link.sent.flat()).toEqual([{ id: 1, result: 1 }]);
    peer.close();
  });

  test("that crosses the answer changes nothing: the answer is swallowed once, a second one ends the peer", async () => {
    const { link, peer } = held();
    const giveUp = new AbortController();
    const request = peer.request("work", {}, { signal: giveUp.signal });
    await turn();
    giveUp.abort(new Error("enough"));
    await expect(request).rejects.toThrow("enough");
    link.deliver([{ id: 1, result: "late" }]);
    await turn();
    expect(link.sent.flat()).toEqual([
      { id: 1, method: "work", params: {} },
      { method: "$/cancel", params: { id: 1 } },
    ]);
    expect(link.isClosed).toBe(false);
    link.deliver([{ id: 1, result: "again" }]);
    expect(await peer.ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
  });

  test("by a signal that has fired, or before its turn comes, sends nothing", async () => {
    const { link, peer } = held({ outgoingRequests: 1 });
    const fired = AbortSignal.abort(new Error("before"));
    await expect(peer.request("work", {}, { signal: fired })).rejects.toThrow("before");
    void peer.request("first", {}).catch(() => undefined);
    const giveUp = new AbortController();
    const waiting = peer.request("second", {}, { signal: giveUp.signal });
    giveUp.abort(new Error("while waiting"));
    await expect(waiting).rejects.toThrow("while waiting");
    link.deliver([{ id: 1, result: 1 }]);
    await turn();
    expect(link.sent.flat()).toEqual([{ id: 1, method: "first", params: {} }]);
    peer.close();
  });

  test("leaves no listener on the signal, however the request ends", async () => {
    using pair = pairedPeers(systemClock);
    pair.plugin.handle("echo", (params) => params);
    const { signal } = new AbortController();
    let listeners = 0;
    const count = (by: number) => (type: string) => void (type === "abort" && (listeners += by));
    const [add, remove] = [count(1), count(-1)];
    const watched = new Proxy(signal, {
      get: (target, key) => {
        if (key === "addEventListener") return (type: string) => add(type);
        if (key === "removeEventListener") return (type: string) => remove(type);
        return Reflect.get(target, key, target) as unknown;
      },
    });
    await pair.host.request("echo", 1, { signal: watched });
    await pair.host.request("unknown", 1, { signal: watched }).catch(() => undefined);
    const last = pair.host.request("echo", 1, { signal: watched }).catch(() => undefined);
    expect(listeners).toBe(1);
    pair.host.close();
    await last;
    expect(listeners).toBe(0);
  });
});

describe("Peer notifications", () => {
  test("are heard by who listens; others are dropped", async () => {
    using pair = pairedPeers(systemClock);
    const heard: unknown[] = [];
    pair.host.listen("log", (params) => void heard.push(params));
    pair.plugin.notify("nobody", 1);
    pair.plugin.notify("$/of-a-later-version", 1);
    pair.plugin.notify("log", "hello");
    pair.plugin.notify("log", undefined);
    pair.host.handle("done", () => true);
    await pair.plugin.request("done", {});
    expect(heard).toEqual(["hello", undefined]);
  });

  test("that no listener can take end the conversation", async () => {
    const { link, peer } = held();
    peer.listen("log", (params) => void (params as { text: string }).text.trim());
    link.deliver([{ method: "log", params: null }]);
    expect(await peer.ended).toMatchObject({ code: "PROTOCOL_BROKEN", message: expect.stringContaining("log") });
  });
});

describe("Peer ping", () => {
  test("is answered by the other peer itself, past all that waits", async () => {
    using pair = pairedPeers(systemClock, { outgoingRequests: 1, incomingRequests: 1 });
    pair.plugin.handle("hang", never);
    void pair.host.request("hang", {}).catch(() => undefined);
    await expect(pair.host.ping(10_000)).resolves.toBeUndefined();
  });

  test("rejects when no answer comes in time, and only one is on the way however many ask", async () => {
    const clock = new ManualClock();
    const link = new HeldLink();
    const peer = new Peer({ link, clock });
    const pings = [peer.ping(100), peer.ping(200)];
    const outcomes = Promise.allSettled(pings);
    await clock.advance(200);
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(pings[0]).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
    expect(link.sent.flat()).toEqual([{ id: 1, method: "$/ping" }]);
    link.deliver([{ id: 1, result: null }]);
    await turn();
    const again = peer.ping(100);
    await turn();
    link.deliver([{ id: 2, result: null }]);
    await again;
    expect(clock.pendingTimers).toBe(0);
    peer.close();
    await expect(peer.ping(100)).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
  });
});

describe("Peer end", () => {
  test("in the middle of requests rejects them, fires their handlers' signals, and settles ended", async () => {
    using pair = pairedPeers(systemClock);
    const started = Promise.withResolvers<AbortSignal>();
    pair.plugin.handle("hang", (_params, { signal }) => {
      started.resolve(signal);
      return never();
    });
    const hanging = pair.host.request("hang", {});
    const signal = await started.promise;
    pair.host.close();
    await expect(hanging).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    expect(await pair.host.ended).toBeUndefined();
    expect(await pair.plugin.ended).toBeUndefined();
    expect(signal.aborted).toBe(true);
    await expect(pair.host.request("more", {})).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    expect(() => pair.host.openStream()).toThrow("the conversation is over");
    expect(() => pair.host.notify("log", 1)).not.toThrow();
  });

  test("with a reason is the reason of all that was under way or waited", async () => {
    const { link, peer } = held({ outgoingRequests: 1 });
    const requests = Promise.allSettled([peer.request("one", {}), peer.request("two", {})]);
    const reason = new HostError("LIMIT_EXCEEDED", "Too much");
    peer.close(reason);
    expect(await requests).toEqual([1, 2].map(() => ({ status: "rejected", reason })));
    expect(await peer.ended).toBe(reason);
    expect(link.isClosed).toBe(true);
  });

  test("lets out first what was said before it", async () => {
    const { link, peer } = held();
    peer.notify("log", "last words");
    peer.close();
    expect(link.sent.flat()).toEqual([{ method: "log", params: "last words" }]);
  });

  test("by the link tells its error; what a handler answers afterwards is dropped", async () => {
    const { link, peer } = held();
    const late = Promise.withResolvers<string>();
    peer.handle("work", () => late.promise);
    link.deliver([{ id: 1, method: "work" }]);
    const error = new Error("connection reset");
    link.end(error);
    expect(await peer.ended).toBe(error);
    late.resolve("too late");
    await turn();
    expect(link.sent).toEqual([]);
  });
});

describe("Peer, of what its link cannot send,", () => {
  const error = new HostError("LIMIT_EXCEEDED", "Too large");

  test("rejects the request and answers with the error instead of the result", async () => {
    const { link, peer } = held();
    const request = peer.request("work", "large");
    await turn();
    link.refuse({ id: 1, method: "work", params: "large" }, error);
    await expect(request).rejects.toBe(error);
    peer.handle("read", () => "large");
    link.deliver([{ id: 1, method: "read" }]);
    await turn();
    link.refuse({ id: 1, result: "large" }, error);
    await turn();
    expect(link.sent.at(-1)).toMatchObject([{ id: 1, error: { message: "Too large" } }]);
    peer.close();
  });

  test("drops a notification", () => {
    const { link, peer } = held();
    link.refuse({ method: "log", params: "large" }, error);
    expect(link.isClosed).toBe(false);
    peer.close();
  });
});
