import { writeSync } from "node:fs";
import { Failpoints } from "@berth/base";
import { doStep, openAll } from "./steps.ts";

/**
 * Makes numbered changes and prints each number once all of it was acknowledged. Arguments: the data folder, the first number, the last
 * one, optionally `failpoint:visit` at which it kills itself.
 */
const [dataFolder = "", first = "1", last = "1", suicide = ""] = process.argv.slice(2);

const failpoints = new Failpoints();
const [failpoint = "", fatalVisit = ""] = suicide.split(":");
if (failpoint !== "") {
  failpoints.arm(failpoint, (visit) => {
    if (visit === Number(fatalVisit)) process.kill(process.pid, "SIGKILL");
  });
}

await using opened = openAll(dataFolder, failpoints);
for (let number = Number(first); number <= Number(last); number++) {
  await doStep(opened, number);
  writeSync(1, `${number}\n`);
}
