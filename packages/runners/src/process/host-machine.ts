import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "@berth/base";
import { HostError } from "@berth/contract";
import type { TierReport } from "@berth/kernel/runner";
import { guestFile } from "../guest/guest-file.ts";
import { type CgroupOptions, type Cgroups, Governor, probeCgroups, probeGovernor } from "../limits/index.ts";
import { findProgram } from "../sandbox/find-program.ts";
import { type Primitive, SandboxFactory, type SandboxLevel } from "../sandbox/index.ts";
import type { NodePlan } from "./sandbox-specs.ts";
import { isolationLevel, tierReport, worksIn } from "./tier-report.ts";

/** How {@link HostMachine.open} looks at the machine. */
export interface HostMachineOptions {
  clock: Clock;
  /** Primitives of the sandbox to treat as missing. */
  hide: readonly Primitive[];
  /** Versions of control groups to leave alone. */
  hideCgroups: NonNullable<CgroupOptions["hidden"]>;
}

type GuestParts = Pick<NodePlan, "node" | "dataBaseMb" | "guest" | "guestPackage" | "hasPermission">;

/** What was found out once, and is the same for all plugins. */
interface MachineParts {
  factory: SandboxFactory;
  cgroups: Cgroups | undefined;
  governor: Governor | undefined;
  report: TierReport;
  /** The Node.js binary that plugins run in: the host's own. */
  node: string;
  /** What `node` counts as private memory when idle, MiB; 0 where nothing limits it. */
  nodeBaseMb: number;
  /** The program of that name, which lowers the limits of what runs already. */
  prlimit: string | undefined;
  /** The file of the guest, and the nearest one that says what kind of module it is. */
  guest: string;
  guestPackage: string | undefined;
}

/** What this machine has for running plugins as processes, found out by trying, and what of it is shared by all of them. */
export class HostMachine implements AsyncDisposable {
  readonly parts: Readonly<MachineParts>;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: MachineParts, owned: AsyncDisposableStack) {
    this.parts = parts;
    this.#owned = owned;
  }

  static async open({ clock, hide, hideCgroups }: HostMachineOptions, signal: AbortSignal): Promise<HostMachine> {
    await using opened = new AsyncDisposableStack();
    const node = await realpath(process.execPath);
    const guest = await realpath(fileURLToPath(guestFile("process-guest")));
    const prlimit = await findProgram("prlimit");
    const probing = probeCgroups({ hidden: hideCgroups, clock });
    // Even when another probe fails first, the groups that were made by then are removed.
    opened.defer(async () => {
      await (await probing).cgroups?.[Symbol.asyncDispose]();
    });
    const [factory, { cgroups, reports }, governing] = await Promise.all([
      SandboxFactory.probe({ hide, nodeBinary: node }, signal),
      probing,
      probeGovernor(clock),
    ]);
    const governor = governing.works ? opened.use(new Governor()) : undefined;
    const [nodeBaseMb] = await Promise.all([
      factory.level === "none" ? 0 : factory.dataBaseMb(node, signal),
      governor?.start(),
    ]);
    const { level, mechanisms } = factory;
    const findings = {
      level,
      mechanisms: [...mechanisms, ...reports, governing],
      cgroups,
      hasGovernor: governing.works,
    };
    const report = tierReport(findings);
    const parts = {
      factory,
      prlimit,
      cgroups,
      governor,
      report,
      node,
      nodeBaseMb,
      guest,
      guestPackage: packageOf(guest),
    };
    return new HostMachine(parts, opened.move());
  }

  get level(): SandboxLevel {
    return this.parts.factory.level;
  }

  /** What every sandbox for Node.js is made of. */
  get guestParts(): GuestParts {
    const { factory, node, nodeBaseMb: dataBaseMb, guest, guestPackage } = this.parts;
    const hasPermission = worksIn(factory.mechanisms, "node-permission");
    return { node, dataBaseMb, guest, guestPackage, hasPermission };
  }

  /**
   * Refuses a plugin for which this machine has no wall that is firm enough.
   *
   * @throws HostError `TIER_UNAVAILABLE`, naming what is missing and how to get it.
   */
  assertHolds(plugin: string, accepted: "kernel" | "runtime", isExternal: boolean): void {
    const level = isolationLevel(this.parts.factory);
    if (level === "kernel" || (level === "runtime" && accepted === "runtime" && !isExternal)) return;
    const missing = this.parts.factory.mechanisms.filter(({ works }) => !works);
    const lines = missing.map(({ name, detail, fix }) => `${name} (${detail}${fix === undefined ? "" : `; ${fix}`})`);
    const choice = isExternal
      ? "A program of its own has no rules of Node.js to fall back on"
      : `To run it under the rules of Node.js alone, set plugins.${plugin}.minimum_isolation to runtime in berth.yaml`;
    throw new HostError(
      "TIER_UNAVAILABLE",
      `Cannot run plugin "${plugin}" in tier process: this machine offers no sandbox. Missing: ${lines.join(", ")}. ${choice}`,
      { details: { plugin, level, missing: missing.map(({ name }) => name) } },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

function packageOf(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const description = join(folder, "package.json");
    if (existsSync(description)) return description;
  }
  return undefined;
}
