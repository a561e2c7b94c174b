import { systemClock } from "@berth/base";
import { writeSync } from "node:fs";
import { openStorage } from "../src/index.ts";

/** Opens the storage of the first argument at the time of the second, together with others, writes into it and checks it. */
const [path = "", openAt = "0"] = process.argv.slice(2);

while (Date.now() < Number(openAt)); // A timer would not bring the processes this close together.
using storage = openStorage({ path, clock: systemClock });
const store = storage.pluginStore("everybody", { quotaBytes: 1_000 });
await store.set(String(process.pid), true);
writeSync(1, storage.check().length === 0 && store.get(String(process.pid)) === true ? "sound\n" : "broken\n");
