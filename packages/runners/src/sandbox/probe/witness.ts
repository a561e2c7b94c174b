import { errorMessage, systemClock } from "@berth/base";
import type { SandboxedProcess } from "../sandboxed-process.ts";
import type { SandboxSpec } from "../spec.ts";
import type { SandboxUser } from "../uid-range.ts";

/** What a program inside saw of its own state. */
export interface Witness {
  isFiltered: boolean;
  hasCapabilities: boolean;
  canReadAccounts: boolean;
  /** Its own process id. */
  pid: number;
}

/** Reads with what every shell has built in, since it may start nothing. */
const SCRIPT = `
{ read -r line </etc/passwd && echo "accounts readable"; } 2>/dev/null
while read -r key value; do
  case $key in Seccomp:|CapEff:) echo "$key $value";; esac
done </proc/self/status
echo "pid $$"`;

/** A small shell, as a plugin without rights would run. */
export function witnessSpec(user: SandboxUser | undefined): SandboxSpec {
  return {
    command: ["/bin/sh", "-c", SCRIPT],
    env: {},
    system: "programs",
    mounts: [],
    workingFolder: "/",
    limits: { memoryMb: 64, fileHandles: 32, fileSizeMb: 1, processes: 0, tasks: 1_024, temporaryMb: 1 },
    dataBaseMb: 0,
    ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
  };
}

/** A shell that has said nothing by now never will. */
const LONGEST_MS = 10_000;

/** What the witness of {@link witnessSpec} said, or why it said nothing. */
export async function hearWitness(launch: Promise<SandboxedProcess>, signal: AbortSignal): Promise<Witness | string> {
  try {
    await using sandboxed = await launch;
    const end = (): void => void sandboxed.kill();
    using _timer = systemClock.setTimer(end, LONGEST_MS);
    using listening = new DisposableStack();
    signal.addEventListener("abort", end);
    listening.defer(() => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
    const [stdout, stderr, exit] = await Promise.all([
      collect(sandboxed.stdout),
      collect(sandboxed.stderr),
      sandboxed.gone,
    ]);
    const lines = new Set(stdout.split("\n"));
    const pid = Number(/^pid (\d+)$/m.exec(stdout)?.[1]);
    if (exit.code !== 0 || !Number.isInteger(pid)) return stderr.trim() || `it ended with ${exit.signal ?? exit.code}`;
    return {
      isFiltered: lines.has("Seccomp: 2"),
      hasCapabilities: !lines.has("CapEff: 0000000000000000"),
      canReadAccounts: lines.has("accounts readable"),
      pid,
    };
  } catch (error) {
    return errorMessage(error);
  }
}

async function collect(stream: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
