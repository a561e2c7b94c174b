import { PRIMITIVES, type Primitive } from "../level.ts";
import type { Machine } from "../machine.ts";
import { type Finding, type Findings, missing } from "./findings.ts";
import { probeLimiter } from "./limiter.ts";
import { probeNodePermission } from "./node-permission.ts";
import { SandboxTrials, type TrialRequest } from "./sandbox-trials.ts";
import { probeUidDrop } from "./uid-drop.ts";

/** What a probe is told. */
export interface ProbeRequest extends TrialRequest {
  hidden: ReadonlySet<Primitive>;
  nodeBinary: string;
}

/** What was found, and the version of Landlock, 0 for none. */
export interface Probed {
  findings: Findings;
  landlockAbi: number;
}

/** Works without the kernel's help. */
const EVERYWHERE: ReadonlySet<Primitive> = new Set(["node-permission"]);

/** Tries each primitive by using it, all at once. */
export async function probeMachine(request: ProbeRequest, signal: AbortSignal): Promise<Probed> {
  const { machine, user, nodeBinary } = request;
  const trials = new SandboxTrials(request, signal);
  const probes: Record<Primitive, () => Promise<Finding>> = {
    bwrap: () => trials.bwrap(),
    "user-namespaces": () => trials.userNamespaces(),
    seccomp: () => trials.seccomp(),
    landlock: () => trials.landlock(),
    rlimits: () => probeLimiter(machine, signal),
    "uid-drop": () => probeUidDrop(machine, user, signal),
    "node-permission": () => probeNodePermission(nodeBinary, signal),
  };
  const all = PRIMITIVES.map(async (primitive) => {
    if (request.hidden.has(primitive)) return [primitive, missing("hidden by an option of the host")] as const;
    const absent = EVERYWHERE.has(primitive) ? undefined : unsupported(machine);
    return [primitive, absent ?? (await probes[primitive]())] as const;
  });
  const findings = Object.fromEntries(await Promise.all(all)) as Findings;
  signal.throwIfAborted();
  return { findings, landlockAbi: findings.landlock.works ? await trials.landlockAbi() : 0 };
}

function unsupported({ platform, architecture }: Machine): Finding | undefined {
  if (platform !== "linux") return missing("only Linux has it", "run Berth on Linux");
  return architecture === undefined
    ? missing("no filter is made for this processor", "run Berth on x64 or arm64")
    : undefined;
}
