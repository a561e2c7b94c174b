import { openCgroups } from "../open-cgroups.ts";
import { spawnWaiting } from "../try-group.ts";

// A host that puts a process into a group and is killed before it can remove it.

const cgroups = await openCgroups();
const group = await cgroups!.create("weather", {});
const child = await spawnWaiting("sleep 60");
await group.join(child.pid);
process.stdout.write(JSON.stringify({ pid: child.pid, name: group.name }), () => process.kill(process.pid, "SIGKILL"));
