import type { Clock } from "@berth/base";
import { HostError, isHostError, type ResourceUsage, UNKNOWN_USAGE } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import { type Encoding, type Link, type SocketLink, socketLink } from "@berth/protocol";
import {
  type Cgroup,
  type GovernedProcess,
  type GovernedTarget,
  type Governor,
  type KilledReason,
  memoryPlan,
  type ResolvedLimits,
  type RuntimeBaseline,
} from "../limits/index.ts";
import type { Ending, FarEnd } from "../remote/far-end.ts";
import type { SandboxedProcess, SandboxExit } from "../sandbox/index.ts";
import { explainExit, isOutOfMemory } from "./explain-exit.ts";
import { LastWords } from "./last-words.ts";
import { lineByLine, orderlyLink } from "./orderly-link.ts";
import { OutputLog } from "../plugin-output/output-log.ts";
import { readOutput } from "../plugin-output/read-output.ts";

/** What is offered to the plugin beside JSON lines. */
const ENCODINGS: readonly Encoding[] = ["msgpack"];

/** What {@link PluginProcess} is made of. */
export interface PluginProcessOptions {
  clock: Clock;
  sandboxed: SandboxedProcess;
  /** Whether a program of the plugin's own speaks at the other end. */
  isExternal: boolean;
  governor: Governor | undefined;
  cgroup: Cgroup | undefined;
  /** All that was taken for it, given back when nothing runs any more. */
  owned: AsyncDisposableStack;
}

/** Whom a process is to serve, and what it is held to. */
export interface Occupation extends Pick<GovernedTarget, "ownProcesses" | "startCpuPercent" | "dataFolder"> {
  baseline: RuntimeBaseline;
  request: Pick<OpenRequest, "identity" | "onLimit" | "onOutput">;
  limits: ResolvedLimits;
}

/** A sandboxed process, blank until {@link occupy} and for one plugin then. It is gone when nothing of it is left on the machine. */
export class PluginProcess implements FarEnd {
  readonly link: Link;
  readonly encodings = ENCODINGS;
  readonly gone: Promise<Ending>;
  readonly pid: number;
  readonly sandboxed: SandboxedProcess;
  readonly #clock: Clock;
  readonly #socket: SocketLink;
  readonly #governor: Governor | undefined;
  readonly #cgroup: Cgroup | undefined;
  readonly #owned: AsyncDisposableStack;
  readonly #lastWords = new LastWords();
  readonly #outputOver: Promise<unknown>;
  #occupation: Occupation | undefined;
  #output: OutputLog | undefined;
  #governed: GovernedProcess | undefined;
  #ending: Ending | undefined;

  constructor({ clock, sandboxed, isExternal, governor, cgroup, owned }: PluginProcessOptions) {
    this.#clock = clock;
    this.sandboxed = sandboxed;
    this.pid = sandboxed.pid;
    this.#governor = governor;
    this.#cgroup = cgroup;
    this.#owned = owned;
    this.#socket = socketLink(sandboxed.channel);
    const link = orderlyLink(this.#socket, sandboxed.channel);
    this.link = isExternal ? lineByLine(link, sandboxed.channel) : link;
    this.#outputOver = Promise.all([
      readOutput(sandboxed.stdout, (chunk) => this.#output?.push("stdout", chunk)),
      readOutput(sandboxed.stderr, (chunk) => {
        this.#lastWords.push(chunk);
        this.#output?.push("stderr", chunk);
      }),
    ]);
    this.gone = this.#untilGone();
  }

  /** Whether the governor keeps it from running just now. */
  get isPaused(): boolean {
    return this.#governed?.isPaused === true;
  }

  /** Gives it to a plugin: from now on it is held to its limits, and its output is heard. */
  occupy(occupation: Occupation): void {
    const { request, limits, ...target } = occupation;
    const { identity, onLimit, onOutput } = request;
    this.#occupation = occupation;
    // One that waited was held to what plugins have by default.
    if (this.#cgroup?.holds.has("memoryMb"))
      this.#cgroup.setMemory(memoryPlan(limits.memory_mb, target.baseline).cgroupMb);
    this.#output = new OutputLog({ clock: this.#clock, linesPerSecond: limits.log_rate, onLine: onOutput, onLimit });
    try {
      this.#governed = this.#governor?.watch({
        ...target,
        plugin: identity.name,
        pid: this.pid,
        limits,
        onLimit,
        onKilled: (reason) => this.kill(endedBy(identity.name, reason)),
        ...(this.#cgroup ? { cgroup: this.#cgroup } : {}),
      });
    } catch (error) {
      // It has ended already, and why is about to be told.
      if (!isHostError(error, "PLUGIN_FAILED")) throw error;
    }
  }

  /** The handshake comes with the code, which is more than a first message may be. */
  acceptLargeFrames(): void {
    this.#socket.acceptLargeFrames();
  }

  onGreeted(encodings: readonly string[]): void {
    this.#socket.acceptLargeFrames();
    if (encodings.includes("msgpack")) this.#socket.useBinary();
  }

  /** The plugin is ready: from here on its share of CPU is the one it is held to. */
  started(): void {
    this.#governed?.started();
  }

  /** As the governor saw it last: from shared memory, so it costs nothing and is at most a second old. */
  async usage(): Promise<ResourceUsage> {
    if (!this.#governed) return UNKNOWN_USAGE;
    const { cpuMs, memoryMb, openFiles, processes, diskIoMb } = this.#governed.usage;
    const handles = openFiles > 0 ? openFiles : null;
    return { ...UNKNOWN_USAGE, cpuMs, memoryMb, handles, processes, ioMb: diskIoMb };
  }

  kill(ending: Ending): void {
    this.#ending ??= ending;
    void this.sandboxed.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("unloaded");
    await this.gone;
  }

  async #untilGone(): Promise<Ending> {
    const exit = await this.sandboxed.gone;
    await this.#outputOver;
    const killed = await this.#governed?.release();
    const ending = this.#endingOf(exit, killed);
    this.#output?.[Symbol.dispose]();
    this.#socket.close();
    try {
      await this.#owned.disposeAsync();
    } catch {
      // What could not be removed now is removed by the next host that starts here.
    }
    return ending;
  }

  /** The nearest cause: a limit, then what we did, then what it did itself. */
  #endingOf(exit: SandboxExit, killed: KilledReason | undefined): Ending {
    const { request, limits } = this.#occupation ?? {};
    if (killed && request) return endedBy(request.identity.name, killed);
    if (this.#ending !== undefined) return this.#ending;
    if (!request || !limits || !isOutOfMemory(exit, this.#lastWords.text))
      return explainExit(exit, this.#lastWords.text);
    const allowed = limits.memory_mb;
    const event = { limit: "memory_mb", allowed, used: allowed, action: "ended" } as const;
    request.onLimit(event);
    return endedBy(request.identity.name, {
      event,
      message: `it could not have more than its ${allowed} MiB of memory`,
    });
  }
}

function endedBy(plugin: string, { event, message }: KilledReason): Ending {
  if (!event) return message;
  const { limit, allowed, used } = event;
  return new HostError("LIMIT_EXCEEDED", `Plugin "${plugin}" was ended: ${message} (limits.${limit})`, {
    details: { limit, allowed, used },
  });
}
