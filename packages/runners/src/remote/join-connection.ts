import { errorMessage } from "@berth/base";
import { type Connection, HostError } from "@berth/contract";
import type { Stream } from "@berth/protocol";

/** Carries bytes between a connection of the host and a stream of the plugin until both ways have ended, or one of them breaks. */
export function joinConnection(stream: Stream, connection: Connection): void {
  const fail = (error: unknown): void => {
    stream.reset(new HostError("CAPABILITY_FAILED", `The connection ended: ${errorMessage(error)}`));
    connection[Symbol.dispose]();
  };
  void Promise.all([carryOut(stream, connection), carryIn(connection, stream)]).then(
    () => connection[Symbol.dispose](),
    fail,
  );
}

async function carryOut(stream: Stream, connection: Connection): Promise<void> {
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError("only bytes can be sent");
    await connection.write(bytes);
  }
  connection.end();
}

async function carryIn(connection: Connection, stream: Stream): Promise<void> {
  for (let bytes = await connection.read(); bytes !== undefined; bytes = await connection.read()) {
    await stream.write(bytes);
  }
  stream.end();
}
