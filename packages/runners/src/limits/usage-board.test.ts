import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { UsageBoard } from "./usage-board.ts";

const FILE = JSON.stringify(new URL("./usage-board.ts", import.meta.url).href);

test("UsageBoard waits for what is being stopped when the host lets go, and lets nothing be stopped after", async () => {
  const board = new UsageBoard();
  const stops = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     import(${FILE}).then(({ UsageBoard }) => {
       const board = new UsageBoard(workerData.memory);
       board.stopTree(() => {
         parentPort.postMessage("begun");
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
         Atomics.add(workerData.stops, 0, 1);
       });
       board.stopTree(() => Atomics.add(workerData.stops, 0, 1));
       parentPort.postMessage("ended");
     });`,
    { eval: true, execArgv: [], workerData: { memory: board.memory, stops } },
  );
  expect(await once(worker, "message")).toEqual(["begun"]);
  const ended = once(worker, "message");
  board.letGo();
  expect(Atomics.load(stops, 0)).toBe(1);
  expect(await ended).toEqual(["ended"]);
  expect(Atomics.load(stops, 0)).toBe(1);
  await worker.terminate();
});

test("UsageBoard lets go at once where nothing is being stopped", () => {
  const board = new UsageBoard();
  let stops = 0;
  board.stopTree(() => stops++);
  board.letGo();
  board.stopTree(() => stops++);
  expect(stops).toBe(1);
});
