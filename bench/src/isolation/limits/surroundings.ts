import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Cgroup, type CgroupLimits, type Cgroups, Governor, openCgroups } from "@berth/runners/limits";

const run = promisify(execFile);
const SANDBOX = ["bwrap", "--unshare-all", "--die-with-parent", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"];

/** By which means a limit is held. */
export type Mechanism = "control group" | "governor";

/** What the measurements share. */
export class Surroundings implements AsyncDisposable {
  readonly governor = new Governor();
  readonly cgroups: Cgroups | undefined;
  /** Runs a program in a sandbox; empty where there is none. */
  readonly sandbox: readonly string[];

  private constructor(cgroups: Cgroups | undefined, sandbox: readonly string[]) {
    this.cgroups = cgroups;
    this.sandbox = sandbox;
  }

  static async open(): Promise<Surroundings> {
    const hasSandbox = await run(SANDBOX[0]!, [...SANDBOX.slice(1), "true"]).then(
      () => true,
      () => false,
    );
    const surroundings = new Surroundings(await openCgroups(), hasSandbox ? SANDBOX : []);
    await surroundings.governor.start();
    return surroundings;
  }

  get mechanisms(): readonly Mechanism[] {
    return this.cgroups ? ["control group", "governor"] : ["governor"];
  }

  /** A group; one without limits still counts what is used. Undefined where there are none. */
  async createGroup(limits: CgroupLimits): Promise<Cgroup | undefined> {
    return this.cgroups?.create("bench", limits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.governor[Symbol.asyncDispose]();
    await this.cgroups?.[Symbol.asyncDispose]();
  }
}

/** Starts a program in a group. */
export function into(group: Cgroup | undefined): readonly string[] {
  return group ? ["sh", "-c", group.joinCommand, "sh"] : [];
}
