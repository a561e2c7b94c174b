import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { HostError } from "@berth/contract";
import type { Host } from "@berth/host";
import { checkSources, type LoadedSources, missingSentence, schedulePeriod } from "@berth/signage";
import { cronProblem } from "@berth/jobs";
import { errorMessage } from "@berth/base";
import { configError } from "@berth/kernel/config";
import type { CommandContext } from "../../command-context.ts";
import { openProjectHost } from "../../project-host.ts";

/** Options of every `berth signage` command that reads `sources.yaml`. */
export interface SignageFlags {
  config: string;
  environment?: string;
  hostConfig?: string;
  /** Variables to use beside those of the environment, which win. */
  envFile?: string;
  json?: boolean;
  logLevel?: string;
  color?: boolean;
  safe?: boolean;
}

/** How {@link openSession} works. */
export interface SessionOptions {
  signal?: AbortSignal;
  hurry?: AbortSignal;
  /** Whether the host keeps nothing: for commands that only look, also in folders that nobody may write to. */
  isForLooking?: boolean;
  /** Whether plugins are replaced when their files change. */
  watch?: boolean;
}

/** What a command works with. Disposing it stops the host. */
export interface Session extends AsyncDisposable {
  host: Host;
  loaded: LoadedSources;
}

/**
 * Reads `berth.yaml`, makes the host, reads `sources.yaml` against what the host knows.
 *
 * @throws HostError `CONFIG_NOT_FOUND` with the sentence what to do when there is no sources file.
 */
export async function openSession(
  context: CommandContext,
  flags: SignageFlags,
  { signal, hurry, isForLooking = false, watch = false }: SessionOptions = {},
): Promise<Session> {
  await using opened = new AsyncDisposableStack();
  const own = { ...context, env: await environment(context, flags.envFile) };
  const scratch = isForLooking ? opened.use(await mkdtempDisposable(join(tmpdir(), "berth-"))).path : undefined;
  const host = opened.use(
    await openProjectHost(own, flags, {
      signal,
      hurry,
      dataFolder: scratch,
      quietLevel: "warn",
      watch,
      // Some grants are filled in from it.
      guarded: [flags.config],
    }),
  );
  const loaded = await loadSourcesFor(own, flags, host);
  const owned = opened.move();
  return { host, loaded, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function environment({ env, cwd }: CommandContext, file: string | undefined): Promise<CommandContext["env"]> {
  if (file === undefined) return env;
  try {
    return { ...parseEnv(await readFile(resolve(cwd, file), "utf8")), ...env };
  } catch (cause) {
    throw new HostError("CONFIG_NOT_FOUND", `Cannot read ${file}: ${errorMessage(cause)}`, { cause });
  }
}

async function loadSourcesFor(context: CommandContext, flags: SignageFlags, host: Host): Promise<LoadedSources> {
  const check = await checkSources({
    path: flags.config,
    cwd: context.cwd,
    env: context.env,
    environment: flags.environment ?? context.env["BERTH_ENV"],
    knownTypes: host.plugins.names("source"),
    knownLayouts: host.plugins.names("layout"),
    validateCron: (expression) => cronProblem(expression),
    schedulePeriod,
  });
  if (check.state === "missing") throw new HostError("CONFIG_NOT_FOUND", missingSentence(check.file));
  if (check.state === "invalid") throw configError(check.file, check.problems);
  return check.loaded;
}
