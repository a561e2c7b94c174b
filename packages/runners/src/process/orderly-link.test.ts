import { Duplex, PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { type LinkReceiver, socketLink } from "@berth/protocol";
import { expect, test } from "vitest";
import { lineByLine, orderlyLink } from "./orderly-link.ts";

/** What a link tells, and when it has told its end. */
function listener() {
  const ended = Promise.withResolvers<Error | undefined>();
  const receiver: LinkReceiver = {
    onMessages: () => undefined,
    onRefused: () => undefined,
    onEnd: (error) => ended.resolve(error),
  };
  return { receiver, ended: ended.promise };
}

test.each(["ECONNRESET", "EPIPE"])(
  "orderlyLink takes %s, which a process that died leaves, for an end in order",
  async (code) => {
    const stream = new PassThrough();
    const { receiver, ended } = listener();
    orderlyLink(socketLink(stream), stream).open(receiver);
    stream.destroy(Object.assign(new Error("gone"), { code }));
    expect(await ended).toBeUndefined();
  },
);

test("orderlyLink tells any other trouble as it is", async () => {
  const stream = new PassThrough();
  const { receiver, ended } = listener();
  orderlyLink(socketLink(stream), stream).open(receiver);
  stream.write("no json\n");
  expect(await ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
});

test("orderlyLink hears of an end that came before anybody listened", async () => {
  const stream = new PassThrough();
  stream.end().resume();
  await finished(stream);
  const { receiver, ended } = listener();
  orderlyLink(socketLink(stream), stream).open(receiver);
  expect(await ended).toBeUndefined();
});

test("lineByLine writes each message as a line of its own", async () => {
  const written: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      done();
    },
  });
  const link = lineByLine(socketLink(stream), stream);
  link.open(listener().receiver);
  link.send([
    { id: 1, method: "a" },
    { id: 2, result: null },
  ]);
  expect(written.join("")).toBe('{"jsonrpc":"2.0","id":1,"method":"a"}\n{"jsonrpc":"2.0","id":2,"result":null}\n');
  link.close();
});
