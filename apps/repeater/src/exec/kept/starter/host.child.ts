// A host that is killed while a command of its runs. Prints what an earlier run left, what runs, and a pipe.
import { systemClock } from "@berth/base";
import { SpawnExecutor } from "../../spawn-executor.ts";
import { KeptExecutor } from "../kept-executor.ts";
import { StarterHelper } from "./starter-helper.ts";

const [program] = process.argv.slice(2) as [string];
const executor = new KeptExecutor({
  clock: systemClock,
  open: () => StarterHelper.open({ clock: systemClock, program }),
  otherwise: () => new SpawnExecutor(systemClock),
});
const sink = { stdout: (bytes: Uint8Array) => void process.stdout.write(bytes), stderr: () => undefined };
const scripts = [
  "sleep 1000 >/dev/null 2>&1 & echo $!",
  "sleep 1000 & echo $$ $! $PPID; readlink /proc/self/fd/1; sleep 1000",
];
for (const script of scripts) {
  const request = { command: "sh", args: ["-c", script], graceMs: 0 };
  await executor.run(request, sink, new AbortController().signal);
}
