import { Failpoints, systemClock } from "@berth/base";
import { writeSync } from "node:fs";
import { type Storage, openStorage } from "../src/index.ts";
import { breakerKey, cacheKey, payloadOf, runOf, storeKey } from "./kill-content.ts";

/**
 * Writes numbered things until it is killed, and prints each number once everything of it was acknowledged.
 * Arguments: the database, the first number, optionally `failpoint:visit` at which it kills itself.
 */
const [path = "", first = "1", suicide = ""] = process.argv.slice(2);

const failpoints = new Failpoints();
const [failpoint = "", fatalVisit = ""] = suicide.split(":");
if (failpoint !== "") {
  failpoints.arm(failpoint, (visit) => {
    if (visit === Number(fatalVisit)) process.kill(process.pid, "SIGKILL");
  });
}

const storage = openStorage({ path, clock: systemClock, failpoints });
for (let number = Number(first); ; number++) {
  await writeAll(storage, number);
  writeSync(1, `${number}\n`);
}

async function writeAll(storage: Storage, number: number): Promise<void> {
  const store = storage.pluginStore("chain", { quotaBytes: 64 * 1024 * 1024 });
  const writes = [
    () => storage.runs.record(runOf(number)),
    () => storage.cache.put(cacheKey(number), payloadOf(number), number),
    () => storage.breakers.save(breakerKey(number), payloadOf(number)),
    () => store.set(storeKey(number), payloadOf(number)),
  ];
  // Together they share a commit; every third time each has its own.
  if (number % 3 === 0) for (const write of writes) await write();
  else await Promise.all(writes.map((write) => write()));
  if (number % 100 === 0) await storage.runs.prune(number - 1_000);
}
