import type { Capabilities, Connection } from "@berth/contract";
import type { Connect, PluginConnection } from "./plugin-context.ts";

/** The host takes no more at once. */
const PART_BYTES = 65_536;

/** `ctx.connect`: a connection of the host as a pair of web streams. */
export function createConnect(host: Capabilities): Connect {
  return async (name, port, { signal = new AbortController().signal } = {}) => {
    const connection = await host.connect({ host: name, port }, signal);
    const pair: PluginConnection = {
      readable: readableOf(connection),
      writable: writableOf(connection),
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
      [Symbol.dispose]: () => connection[Symbol.dispose](),
    };
    return Object.freeze(pair);
  };
}

function readableOf(connection: Connection): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await connection.read();
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: () => connection[Symbol.dispose](),
    },
    // Nothing is read ahead: what was not asked for waits at the other end.
    { highWaterMark: 0 },
  );
}

function writableOf(connection: Connection): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += PART_BYTES) {
        await connection.write(bytes.subarray(at, at + PART_BYTES));
      }
    },
    close: () => connection.end(),
    abort: () => connection[Symbol.dispose](),
  });
}
