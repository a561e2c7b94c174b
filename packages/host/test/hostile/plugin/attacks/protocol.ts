import { type Attack, node, wait } from "../aim.ts";

/** Writes into the channel past the runtime, as only a process can. */
async function forge(...frames: readonly (string | Uint8Array)[]): Promise<void> {
  const fs = node<typeof import("node:fs")>("node:fs");
  for (const frame of frames)
    fs.writeSync(3, typeof frame === "string" ? new TextEncoder().encode(`${frame}\n`) : frame);
  await wait(300);
}

const request = (method: string, params: unknown, id = 900_001): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

/** Frames that no honest peer sends. */
export const PROTOCOL: Record<string, Attack> = {
  "reply-nobody-asked-for": () => forge('{"jsonrpc":"2.0","id":4242,"result":"TOKEN"}'),
  "reply-twice": () => forge('{"jsonrpc":"2.0","id":1,"result":1}', '{"jsonrpc":"2.0","id":1,"result":1}'),
  "reply-for-all": () =>
    forge(...Array.from({ length: 500 }, (_, id) => `{"jsonrpc":"2.0","id":${id},"result":"forged"}`)),
  "not-json": () => forge("this is no JSON"),
  "not-text": () => forge(new Uint8Array([0x7b, 0xff, 0xfe, 0x80, 0x0a])),
  "endless-frame": async () => {
    const piece = new Uint8Array(1_048_576).fill(0x20);
    for (let n = 0; n < 256; n++) await forge(piece).catch(() => undefined);
  },
  "lying-length": () => forge(new Uint8Array([0xc1, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])),
  "lying-array": () => forge(new Uint8Array([0xc1, 0, 0, 0, 5, 0xdd, 0xff, 0xff, 0xff, 0xff])),
  "deep-frame": () => forge(`{"jsonrpc":"2.0","id":1,"result":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
  "strange-ids": () =>
    forge(
      '{"jsonrpc":"2.0","id":-1,"result":1}',
      '{"jsonrpc":"2.0","id":1e400,"result":1}',
      '{"jsonrpc":"2.0","id":"__proto__","result":1}',
      '{"jsonrpc":"2.0","id":{},"result":1}',
    ),
  "proto-in-frame": () =>
    forge('{"jsonrpc":"2.0","method":"log","params":{"__proto__":{"polluted":1},"level":"info"}}'),
  "unknown-methods": () =>
    forge(
      ...["__proto__", "constructor", "toString", "hello", "call", "shutdown"].map((method) => request(method, {})),
    ),
  "instance-of-another": () =>
    forge(
      request("store.get", { instance: "neighbour", key: "token" }, 900_002),
      request("secret", { instance: "neighbour", name: "HOST_SECRET" }, 900_003),
      request("files.read", { instance: "neighbour", path: "token.txt" }, 900_004),
      request("files.read", { instance: "", path: "../neighbour/token.txt" }, 900_005),
    ),
  "identity-of-another": () =>
    forge(
      request("event.publish", {
        instance: "",
        subject: "neighbour.order",
        data: 1,
        from: "host",
        plugin: "neighbour",
      }),
      request("store.get", { instance: "", plugin: "neighbour", key: "token" }, 900_006),
    ),
  "wrong-parameters": () =>
    forge(
      ...[
        "fetch",
        "files.read",
        "files.write",
        "exec",
        "store.set",
        "secret",
        "event.subscribe",
        "connect",
        "schedule",
      ].flatMap((method, at) =>
        [null, [], "x", { instance: {} }, { instance: "", path: {}, url: 5, key: [] }].map((params, n) =>
          request(method, params, 910_000 + at * 10 + n),
        ),
      ),
    ),
  "stream-of-another": () =>
    forge(
      '{"jsonrpc":"2.0","method":"$/data","params":{"stream":1,"item":"x"}}',
      '{"jsonrpc":"2.0","method":"$/credit","params":{"stream":2,"bytes":1e308}}',
      '{"jsonrpc":"2.0","method":"$/credit","params":{"stream":-2,"bytes":-5}}',
      '{"jsonrpc":"2.0","method":"$/end","params":{"stream":9999}}',
    ),
  "requests-without-end": async () => {
    for (let batch = 0; batch < 50; batch++) {
      const frames = Array.from({ length: 1_000 }, (_, n) =>
        request("store.keys", { instance: "", prefix: "" }, 1_000_000 + batch * 1_000 + n),
      );
      node<typeof import("node:fs")>("node:fs").writeSync(3, `${frames.join("\n")}\n`);
    }
    await wait(300);
  },
  "close-the-channel": async () => {
    node<typeof import("node:fs")>("node:fs").closeSync(3);
    await wait(300);
  },
};
