import { isAbsolute } from "node:path";
import type { ExecRequest, ExecResult, Grant } from "@berth/contract";
import { type ExecEntry, matchesExec, parseExecEntry } from "@berth/kernel/permissions";
import { failed, quoted } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import type { FileAccess } from "../files/file-access.ts";
import type { Slots } from "../slots.ts";
import type { Use } from "../usage/use.ts";
import { type CheckedExec, checkExec } from "./check-exec.ts";
import { isVariableAllowed, isVariableHarmless } from "./exec-environment.ts";
import { findProgram, isProgramName, PROGRAM_FOLDERS } from "./find-program.ts";
import { killMarked } from "./marked-processes.ts";
import { runProgram } from "./run-program.ts";

/** What the exec broker needs beside its scope. */
export interface ExecBrokerOptions {
  grant: Pick<Grant, "exec">;
  access: FileAccess;
  programs: Slots;
  /** Where programs are looked for by name. Default {@link PROGRAM_FOLDERS}. */
  programFolders?: readonly string[] | undefined;
}

const MOST_NOTED_CHARACTERS = 400;
/** Where nothing is, by old custom. */
const NO_HOME = "/nonexistent";

/**
 * Runs granted programs. A grant of a program is a grant of all that its granted arguments can do: of `git` or `sh` with any arguments
 * that is everything the host's user may do. What the host holds is which file is run, in what environment, for how long, and that nothing of it stays.
 *
 * Where only some arguments were granted, the plugin must not say the rest in other ways: settings that a program looks for at home
 * would be the plugin's, and so would options in variables. Those that it looks for where it is run are still found.
 */
export class ExecBroker {
  readonly #scope: CapabilityScope;
  readonly #options: ExecBrokerOptions;
  readonly #granted: readonly { text: string; entry: ExecEntry }[];
  readonly #folders: readonly string[];
  readonly #running = new Set<Promise<unknown>>();
  #mark: string | undefined;
  #count = 0;

  constructor(scope: CapabilityScope, options: ExecBrokerOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#granted = options.grant.exec.flatMap((text) => {
      const entry = parseExecEntry(text);
      return entry ? [{ text, entry }] : [];
    });
    this.#folders = options.programFolders ?? PROGRAM_FOLDERS;
  }

  async exec(asked: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
    const checked = checkExec(asked);
    const use = useOf(checked);
    const { text, entry } = this.#entry(checked, use);
    const isLimited = entry.args !== undefined;
    const path = await this.#program(checked.command, use);
    for (const [name] of checked.variables) {
      if (isLimited ? isVariableHarmless(name) : isVariableAllowed(name)) continue;
      const refused = { kind: "other", what: `env ${name}` } as const;
      const sentence = `Cannot run ${quoted(checked.command)}: the host does not pass ${name} on`;
      throw this.#scope.deny("exec", refused, sentence);
    }
    this.#scope.used("exec", use, text);
    const cwd = await this.#folder(checked);
    const home = isLimited ? NO_HOME : this.#options.access.dataFolder;
    return await this.#options.programs.run(signal, () => this.#start({ path, cwd, home }, checked, signal));
  }

  async #start(
    { path, cwd, home }: { path: string; cwd: string; home: string },
    checked: CheckedExec,
    signal: AbortSignal,
  ): Promise<ExecResult> {
    const { args, input, timeoutMs, maxOutputBytes, variables } = checked;
    const env = {
      PATH: this.#folders.join(":"),
      HOME: home,
      LANG: "C.UTF-8",
      ...Object.fromEntries(variables),
    };
    const mark = this.#nextMark();
    const running = runProgram(
      { path, args, cwd, env, input, timeoutMs, maxOutputBytes, mark },
      this.#scope.clock,
      signal,
    );
    this.#running.add(running);
    return await running.finally(() => this.#running.delete(running));
  }

  /** One mark for all programs of this instance, made with the first, and a number for each. */
  #nextMark(): string {
    if (this.#mark === undefined) {
      this.#mark = crypto.randomUUID();
      this.#scope.own(() => this.#endEverything());
    }
    return `${this.#mark}.${++this.#count};`;
  }

  /** Programs end by their own signal; then goes what a program that ended well had sent into the background. */
  async #endEverything(): Promise<void> {
    await Promise.allSettled(this.#running);
    if (this.#mark !== undefined) await killMarked(this.#mark, this.#scope.clock);
  }

  /** The entry of the grant that lets it be run. */
  #entry({ command, args }: CheckedExec, use: Use): { text: string; entry: ExecEntry } {
    const naming = this.#granted.filter(({ entry }) => entry.program === command);
    if (!isProgramName(command) || naming.length === 0) {
      const sentence = `Cannot run ${quoted(command)}: it was not granted; ask for it in permissions.exec`;
      throw this.#scope.deny("exec", use, sentence);
    }
    const found = naming.find(({ entry }) => matchesExec(entry, command, args));
    if (found) return found;
    const granted = naming.map(({ text }) => text).join("; ");
    const sentence = `Cannot run ${quoted(command)} with these arguments: only ${granted} was granted; ask for it in permissions.exec`;
    throw this.#scope.deny("exec", use, sentence);
  }

  async #program(command: string, use: Use): Promise<string> {
    const found = await findProgram(command, this.#folders);
    if (!found) {
      const place = isAbsolute(command) ? "there is no such program" : `it is not in ${this.#folders.join(", ")}`;
      throw failed(`Cannot run ${quoted(command)}: ${place}`);
    }
    if (!(await this.#options.access.isWritable(found.real))) return found.path;
    const sentence = `Cannot run ${quoted(command)}: it lies in a folder the plugin may write in, so it may be the plugin's own`;
    throw this.#scope.deny("exec", use, sentence, { what: `run ${found.real}` });
  }

  async #folder({ command, cwd }: CheckedExec): Promise<string> {
    const { access } = this.#options;
    const verb = `run ${command} in`;
    return await access.using(cwd ?? access.dataFolder, "read", verb, async (named) => {
      await using opened = await access.open(named, "folder", verb).catch((error: unknown) => {
        throw error instanceof Error && "code" in error && error.code === "ENOENT"
          ? failed(`Cannot ${verb} ${quoted(named)}: there is no such folder`)
          : error;
      });
      return opened.real;
    });
  }
}

/** What the ledger keeps of it: enough to see which arguments a permission would have to name. */
function useOf({ command, args }: CheckedExec): Use {
  let room = MOST_NOTED_CHARACTERS;
  const noted = args.filter((arg) => (room -= arg.length + 1) > 0);
  return { kind: "exec", program: command, args: noted, ...(noted.length < args.length ? { isCut: true } : {}) };
}
