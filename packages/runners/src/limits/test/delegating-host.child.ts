import { readFileSync } from "node:fs";
import { join } from "node:path";
import { delegate } from "../cgroup-delegation.ts";

// A host that was started in a group of its own: hands its controller on, and ends in good order.

const [, , folder = "", controller = ""] = process.argv;
const read = (...names: string[]): string => readFileSync(join(folder, ...names), "latin1").trim();

const delegation = await delegate(folder, [controller], "berth-host");
const during = {
  controllers: delegation.controllers,
  isInOwnGroup: read("berth-host", "cgroup.procs") === String(process.pid) && read("cgroup.procs") === "",
  handedOn: read("cgroup.subtree_control"),
};
await delegation[Symbol.asyncDispose]();
const after = { isBack: read("cgroup.procs") === String(process.pid), handedOn: read("cgroup.subtree_control") };
console.log(JSON.stringify({ during, after }));
