import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Project } from "./run-cli.ts";

const BERTH = join(import.meta.dirname, "../bin/berth.js");

/** The real program in a process of its own. */
export interface HostProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it said so far. */
  readonly texts: { readonly out: string; readonly err: string };
  /** Resolves when it has said that, on either stream. */
  said(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** How it ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null; out: string; err: string }>;
}

/** Starts `berth …` in the project's folder; disposing it kills it if it still runs. */
export function startBerth(project: Pick<Project, "path">, argv: readonly string[]): HostProcess {
  const child = spawn(process.execPath, [BERTH, ...argv], { cwd: project.path, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { out: "", err: "" };
  const waiting = new Set<() => void>();
  for (const [name, stream] of [["out", child.stdout] as const, ["err", child.stderr] as const]) {
    stream.on("data", (chunk: Buffer) => {
      texts[name] += chunk.toString();
      for (const look of waiting) look();
    });
  }
  const ended = (async () => {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return { code, signal, ...texts };
  })();
  return {
    pid: child.pid!,
    texts,
    ended,
    kill: (signal) => void child.kill(signal),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(texts.out + texts.err)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        void ended.then((exit) =>
          reject(new Error(`It ended without saying ${String(pattern)}: ${JSON.stringify(exit)}`)),
        );
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** `berth run` that takes commands already. */
export async function startHost(project: Project, ...flags: string[]): Promise<HostProcess> {
  const host = startBerth(project, ["run", "--json", ...flags]);
  try {
    await host.said(/"event":"ready"/);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}
