import { systemClock } from "@berth/base";
import { writeSync } from "node:fs";
import { openMetricsLog } from "../src/index.ts";
import { runOf } from "./kill-content.ts";

/** Appends numbered runs to the metrics log until it is killed and prints each number after it. Arguments: folder, job, first number, last number. */
const [folder = "", job = "", first = "1", last = "Infinity"] = process.argv.slice(2);

const log = openMetricsLog({ folder, clock: systemClock });
for (let number = Number(first); number <= Number(last); number++) {
  log.append({ ...runOf(number), job });
  writeSync(1, `${number}\n`);
}
