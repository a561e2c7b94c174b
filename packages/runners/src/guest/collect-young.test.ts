import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

const FILE = JSON.stringify(new URL("./collect-young.ts", import.meta.url).href);

test("collectYoung leaves next to nothing in the room for young objects", async () => {
  const worker = new Worker(
    `const { getHeapSpaceStatistics } = require("node:v8");
     const used = () => getHeapSpaceStatistics().find((one) => one.space_name === "new_space").space_used_size;
     import(${FILE}).then(({ collectYoung }) => {
       for (let made = 0; made < 300; made++) Array.from({ length: 256 });
       const before = used();
       collectYoung();
       require("node:worker_threads").parentPort.postMessage([before, used()]);
     });`,
    { eval: true, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 24 } },
  );
  const [[before, after]] = (await once(worker, "message")) as [[number, number]];
  expect(before).toBeGreaterThan(300_000);
  expect(after).toBeLessThan(300_000);
  await worker.terminate();
});
