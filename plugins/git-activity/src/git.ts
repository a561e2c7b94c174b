import { type ExecOutcome, HostError, isHostError, type PluginContext, upstreamFailure } from "@berth/sdk";

/**
 * What stands before every command: nothing is written, nothing fetched, and none of the programs runs that a repository's own
 * configuration can name for looking at it (pager, file watcher, hooks, signature check).
 */
const SAFE_FLAGS = [
  "--no-pager",
  "--no-optional-locks",
  "--literal-pathspecs",
  ...["core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false"].flatMap((setting) => [
    "-c",
    setting,
  ]),
  ...["protocol.allow=never", "maintenance.auto=false", "color.ui=false"].flatMap((setting) => ["-c", setting]),
];
const LONGEST_MS = 10_000;
const MOST_BYTES = 4 * 1_024 * 1_024;

/** Runs git commands in one repository. */
export class Git {
  readonly #repository: string | undefined;
  readonly #ctx: PluginContext;

  /** @param repository absolute; without one it is the repository around the plugin's data folder. */
  constructor(repository: string | undefined, ctx: PluginContext) {
    this.#repository = repository;
    this.#ctx = ctx;
  }

  /** What the command prints. @throws HostError that says what to do, when it fails. */
  async read(args: readonly string[], signal: AbortSignal): Promise<string> {
    const outcome = await this.#run(args, signal);
    if (outcome.exitCode === 0) return outcome.stdout;
    throw this.#failure(args[0] ?? "", outcome);
  }

  /** What the command prints; nothing when it fails, is too slow or prints too much. For what can be left out. */
  async tryRead(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    try {
      const outcome = await this.#run(args, signal);
      return outcome.exitCode === 0 ? outcome.stdout : undefined;
    } catch (error) {
      signal.throwIfAborted();
      this.#ctx.log.debug(`git ${args[0]} gave nothing`, { reason: (error as Error).message });
      return undefined;
    }
  }

  async #run(args: readonly string[], signal: AbortSignal): Promise<ExecOutcome> {
    try {
      return await this.#ctx.exec("git", [...SAFE_FLAGS, ...args], {
        ...(this.#repository === undefined ? {} : { cwd: this.#repository }),
        // Messages in English, and no question on a terminal that is not there.
        env: { LC_ALL: "C.UTF-8", GIT_TERMINAL_PROMPT: "0" },
        timeoutMs: LONGEST_MS,
        maxOutputBytes: MOST_BYTES,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (isHostError(error, "CAPABILITY_FAILED")) {
        throw new HostError(
          "PLUGIN_FAILED",
          `Cannot run git here: ${error.message}; check that git is installed and that repository exists`,
          { cause: error },
        );
      }
      throw error;
    }
  }

  #failure(command: string, { exitCode, signal, stderr }: ExecOutcome): HostError {
    const where = this.#repository ?? "the working folder";
    const said = stderr.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
    if (/not a git repository/i.test(stderr)) {
      return upstreamFailure(`No git repository at ${where}; set repository to the folder of one`, {
        retryable: false,
      });
    }
    if (/dubious ownership|unsafe repository/i.test(stderr)) {
      const fix = "run the host as its owner, or add it to safe.directory in the system's git configuration";
      return upstreamFailure(`git does not trust ${where}, since it belongs to another user; ${fix}`, {
        retryable: false,
      });
    }
    const how = exitCode === null ? `was ended by ${signal ?? "a signal"}` : `failed with exit code ${exitCode}`;
    return upstreamFailure(`git ${command} ${how} in ${where}${said === "" ? "" : `: ${said}`}`);
  }
}
