import { launchFull } from "../full/launch-full.ts";
import { launchLandlock } from "../landlock/launch-landlock.ts";
import type { Machine } from "../machine.ts";
import { buildFilter } from "../seccomp/filter.ts";
import type { SandboxUser } from "../uid-range.ts";
import { type Finding, found, missing } from "./findings.ts";
import { runBriefly } from "./run-briefly.ts";
import { closedSwitch, missingNamespaces } from "./user-namespaces.ts";
import { type Witness, hearWitness, witnessSpec } from "./witness.ts";

/** What a trial is told. */
export interface TrialRequest {
  machine: Machine;
  /** Whom to run as when the host is root. */
  user: SandboxUser;
}

/** What a trial came to: what the program inside saw, or why there was none. */
type Outcome = Witness | string;

const INSTALL_BWRAP = "install bubblewrap 0.8 or newer (Debian, Ubuntu: apt-get install bubblewrap)";
/** What bubblewrap says, and what to do about it; where namespaces are the trouble, their own finding tells. */
const FIXES: readonly [sign: RegExp, fix: string][] = [
  [/unknown option/i, INSTALL_BWRAP],
  [/mount proc/i, "inside a container, let /proc be mounted (Docker: --security-opt systempaths=unconfined)"],
];
const INSTALL_PERL = "install perl (Debian, Ubuntu: apt-get install perl-base)";
const NEWER_KERNEL =
  "run Linux 5.13 or newer with landlock among its security modules (lsm= on the kernel's command line)";

/** Runs a small program in each kind of sandbox, once, and tells what of it worked. */
export class SandboxTrials {
  readonly #request: TrialRequest;
  readonly #signal: AbortSignal;
  #abi: Promise<number> | undefined;
  #full: Promise<Outcome> | undefined;
  #landlock: Promise<Outcome> | undefined;

  constructor(request: TrialRequest, signal: AbortSignal) {
    this.#request = request;
    this.#signal = signal;
  }

  async bwrap(): Promise<Finding> {
    const { bwrap } = this.#request.machine;
    const outcome = await this.#tryFull();
    if (bwrap === undefined) return missing("bubblewrap is not installed", INSTALL_BWRAP);
    if (typeof outcome === "string") return missing(outcome, FIXES.find(([sign]) => sign.test(outcome))?.[1]);
    const isApart = outcome.pid === INSIDE_PID && !outcome.hasCapabilities && !outcome.canReadAccounts;
    return isApart
      ? found(`${bwrap}: namespaces of its own, no capability`)
      : missing("the program saw more than it should");
  }

  async userNamespaces(): Promise<Finding> {
    const outcome = await this.#tryFull();
    if (typeof outcome !== "string") return found("made by bubblewrap, without privilege");
    const closed = await closedSwitch(outcome);
    if (closed !== undefined) return closed;
    const { machine, user } = this.#request;
    const run = await runBriefly("/usr/bin/unshare", ["--user", "true"], this.#signal, machine.isRoot ? user : {});
    return run.isDone ? found("made by unshare, without privilege") : missingNamespaces(run.problem);
  }

  async seccomp(): Promise<Finding> {
    const isInForce = (outcome: Outcome): boolean => typeof outcome !== "string" && outcome.isFiltered;
    const full = await this.#tryFull();
    if (isInForce(full) || isInForce(await this.#tryLandlock())) return found("a filter was loaded and is in force");
    const why = typeof full === "string" ? full : "it was loaded, and is not in force";
    return missing(`no filter could be loaded: ${why}`, `${INSTALL_BWRAP} or perl`);
  }

  async landlock(): Promise<Finding> {
    const abi = await this.landlockAbi();
    if (this.#request.machine.perl === undefined)
      return missing("perl, which the launcher needs, is not installed", INSTALL_PERL);
    if (abi === 0) return missing("the kernel has none", NEWER_KERNEL);
    const outcome = await this.#tryLandlock();
    if (typeof outcome === "string") return missing(outcome);
    return outcome.canReadAccounts ? missing("it let a file be read that was not granted") : found(`version ${abi}`);
  }

  /** The version the kernel has; 0 for none, or nobody to ask it. */
  landlockAbi(): Promise<number> {
    this.#abi ??= this.#readAbi();
    return this.#abi;
  }

  async #readAbi(): Promise<number> {
    const { perl } = this.#request.machine;
    if (perl === undefined) return 0;
    const run = await runBriefly(perl, ["-f", "-e", ASK_VERSION], this.#signal);
    return run.isDone ? Math.max(0, Number.parseInt(run.stdout, 10) || 0) : 0;
  }

  #tryFull(): Promise<Outcome> {
    this.#full ??= this.#launchFull();
    return this.#full;
  }

  async #launchFull(): Promise<Outcome> {
    const { machine } = this.#request;
    const { architecture, bwrap, perl, prlimit } = machine;
    if (architecture === undefined || bwrap === undefined) return "bubblewrap is not installed";
    if (perl === undefined && prlimit === undefined) return "neither perl nor prlimit is installed";
    const { program } = buildFilter({ architecture, mayStartPrograms: false, socketFamilies: [] });
    const system = machine.views.programs;
    const tools = { bwrap, perl, prlimit, architecture, system, filter: program };
    return hearWitness(launchFull(this.#witness(), tools), this.#signal);
  }

  #tryLandlock(): Promise<Outcome> {
    this.#landlock ??= this.#launchLandlock();
    return this.#landlock;
  }

  async #launchLandlock(): Promise<Outcome> {
    const { machine } = this.#request;
    const { architecture, perl } = machine;
    const abi = await this.landlockAbi();
    if (architecture === undefined || perl === undefined || abi === 0) return "there is no Landlock";
    const filter = buildFilter({ architecture, mayStartPrograms: false, socketFamilies: [], landlockAbi: abi });
    const system = machine.views.programs;
    const tools = { perl, architecture, abi, system, filter };
    return hearWitness(launchLandlock(this.#witness(), tools), this.#signal);
  }

  #witness(): ReturnType<typeof witnessSpec> {
    const { machine, user } = this.#request;
    return witnessSpec(machine.isRoot ? user : undefined);
  }
}

/** `landlock_create_ruleset` without rules answers with the version. */
const ASK_VERSION = "print syscall(444, 0, 0, 1)";

/** In a namespace of its own, init is 1 and the program the one after. */
const INSIDE_PID = 2;
