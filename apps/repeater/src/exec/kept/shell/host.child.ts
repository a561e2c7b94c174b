// A host that is killed while a command of its runs. Prints the folder of its helpers.
import { systemClock } from "@berth/base";
import { SpawnExecutor } from "../../spawn-executor.ts";
import { openKeptShell } from "./kept-shell.ts";

const otherwise = (): SpawnExecutor => new SpawnExecutor(systemClock);
const executor = openKeptShell({ clock: systemClock, shell: "/bin/sh", otherwise });
const sink = { stdout: (bytes: Uint8Array) => void process.stdout.write(bytes), stderr: () => undefined };
const request = { command: "sh", args: ["-c", "echo $$ $PPID; readlink /proc/self/fd/1; sleep 1000"], graceMs: 0 };
await executor.run(request, sink, new AbortController().signal);
