import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { readOutput } from "./read-output.ts";

test("readOutput takes all there is, in order", async () => {
  const chunks: string[] = [];
  const stream = new PassThrough();
  const over = readOutput(stream, (chunk) => chunks.push(String(chunk)));
  for (const text of ["one", "two"]) stream.write(text);
  stream.end("three");
  await over;
  expect(chunks.join("")).toBe("onetwothree");
  // Node.js keeps the stream of a thread longer than the thread.
  expect(stream.listenerCount("data")).toBe(0);
});

test("readOutput is over at once for a stream that was closed before anybody read it", async () => {
  const stream = Readable.from([]);
  stream.destroy();
  await once(stream, "close");
  await expect(readOutput(stream, () => undefined)).resolves.toBeUndefined();
});
