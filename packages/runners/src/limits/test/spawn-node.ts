import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** How a blank runtime is started. */
export interface SpawnNodeOptions {
  /** Before the path of Node.js: a launcher. */
  prefix?: readonly string[];
  flags?: readonly string[];
  workingFolder?: string;
}

/** A Node.js that has started, and runs its code when told to. */
export interface BlankNode extends AsyncDisposable {
  pid: number;
  child: ChildProcess;
  /** Runs the code it was made with. */
  go(): void;
  /** `SIGKILL`, or the exit code as text. */
  ended: Promise<string>;
  stderr: Promise<string>;
}

/** Starts Node.js blank, as a plugin's runtime is: what it uses by itself can be measured before its code runs. */
export async function spawnNode(code: string, options: SpawnNodeOptions = {}): Promise<BlankNode> {
  const blank = `process.stdin.once("data", () => {${code}\n}); process.stdin.on("end", () => {}); console.log("ready")`;
  const { prefix = [], flags = [], workingFolder } = options;
  const [launcher, ...launcherArgs] = [...prefix, process.execPath];
  const child = spawn(launcher, [...launcherArgs, ...flags, "-e", blank], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: workingFolder,
  });
  const ended = once(child, "exit").then(([exitCode, signal]) => String(signal ?? exitCode));
  const stderr = text(child.stderr);
  child.stdin.on("error", () => {}); // it may be dead before it reads
  await Promise.race([once(child.stdout, "data"), ended]);
  return {
    pid: child.pid!,
    child,
    go: () => void child.stdin.write("go\n"),
    ended,
    stderr,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
