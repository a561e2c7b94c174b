import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallContext, type Capabilities, type Channel, type Limits, NO_GRANT } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { GrantedFolders, LimitEvent, OutputLine } from "@berth/kernel/runner";
import { ProcessRunner, type ProcessRunnerOptions } from "../../src/process/index.ts";

const PLUGIN = join(import.meta.dirname, "plugin");

/** How the faulty plugin is opened. */
export interface FaultyOpen {
  name?: string;
  limits?: Limits;
  folders?: Partial<GrantedFolders>;
  environment?: Record<string, string>;
  /** Code instead of the plugin's own. */
  code?: string;
  /** Most a call may take; default 20,000. */
  timeoutMs?: number;
  capabilities?: Partial<Capabilities>;
  /** Says that it is a program of its own, which it is not. */
  isExternal?: boolean;
  /** Gives the opening up. */
  signal?: AbortSignal;
}

/** The plugin, opened. */
export interface Faulty {
  channel: Channel;
  /** Calls a method of its service. */
  ask: <T = unknown>(method: string, input?: unknown) => Promise<T>;
  limits: LimitEvent[];
  output: OutputLine[];
}

/** A runner, and folders for what it opens. */
export class FaultBench implements AsyncDisposable {
  readonly runner: ProcessRunner;
  readonly root: string;
  readonly trouble: unknown[] = [];
  #opened = 0;

  private constructor(root: string, options: ProcessRunnerOptions) {
    this.root = root;
    this.runner = new ProcessRunner({
      warm: 0,
      graceMs: 200,
      onTrouble: (error) => this.trouble.push(error),
      ...options,
    });
  }

  static async open(options: ProcessRunnerOptions = {}): Promise<FaultBench> {
    const root = await realpath(await mkdtemp(join(tmpdir(), "berth-process-")));
    await chmod(root, 0o755);
    return new FaultBench(root, options);
  }

  /** A new folder below the bench's, which every user may enter. */
  async folder(name: string): Promise<string> {
    const folder = join(this.root, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async faulty(how: FaultyOpen = {}): Promise<Faulty> {
    const { name = "faulty", timeoutMs = 20_000 } = how;
    const folder = await this.folder(`code-${++this.#opened}`);
    await cp(PLUGIN, folder, { recursive: true });
    if (how.code !== undefined) await writeFile(join(folder, "faults.mjs"), how.code);
    const limits: LimitEvent[] = [];
    const output: OutputLine[] = [];
    const manifest = manifestSchema.parse({
      plugin: { name, version: "1.0.0" },
      provides: { service: ["faults"] },
      runtime: { entry: "faults.mjs", ...(how.isExternal === true ? { type: "external" } : {}) },
    });
    const channel = await this.runner.open(
      {
        identity: { name, version: "1.0.0", provides: ["service/faults"] },
        manifest,
        folder,
        generation: this.#opened,
        grant: NO_GRANT,
        limits: { cpu_percent: 200, ...how.limits },
        folders: { read: [], write: [], ...how.folders },
        dataFolder: await this.folder(`data-${name}`),
        environment: how.environment ?? {},
        onLimit: (event) => limits.push(event),
        onOutput: (line) => output.push(line),
        capabilities: () => (how.capabilities ?? {}) as Capabilities,
        now: () => Date.now(),
      },
      how.signal ?? never,
    );
    await channel.openInstance({ contribution: "service/faults", instanceId: "one", config: {} }, never);
    const ask = async <T>(method: string, input: unknown = null): Promise<T> =>
      (await channel.method("one", method)([input], aCall(timeoutMs))) as T;
    return { channel, ask, limits, output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner[Symbol.asyncDispose]();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A signal that does not fire. */
export const never = new AbortController().signal;

export function aCall(timeoutMs: number): CallContext {
  return {
    signal: AbortSignal.timeout(timeoutMs),
    deadline: Date.now() + timeoutMs,
    attempt: 1,
    caller: "test",
    permissions: [],
    correlationId: "test",
  };
}
