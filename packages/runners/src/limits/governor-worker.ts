import { systemClock } from "@berth/base";
import { type MessagePort, parentPort } from "node:worker_threads";
import type { GovernorReport, GovernorRequest, WatchSpec } from "./governor-messages.ts";
import { GovernorLoop } from "./governor-loop.ts";
import { GroupWatch } from "./group-watch.ts";
import { ProcReader } from "./proc-reader.ts";
import { ProcessTree } from "./process-tree.ts";
import { TreeGovernor } from "./tree-governor.ts";
import { UsageBoard } from "./usage-board.ts";

/**
 * The governor's thread. It is one of its own because a plugin must be stopped, and above all continued, on time also while the
 * host's own loop is busy.
 */
function serve(port: MessagePort): void {
  const reader = new ProcReader();
  const loop = new GovernorLoop(systemClock);
  const report = (message: GovernorReport): void => port.postMessage(message);
  port.on("message", (request: GovernorRequest) => {
    switch (request.type) {
      case "watch":
        loop.add(request.id, govern(reader, request.id, request.spec, report));
        return;
      case "started":
        loop.get(request.id)?.started();
        loop.hurry(request.id);
        return;
      case "release":
        report({ type: "released", id: request.id, reason: release(loop, request.id) });
        return;
      case "close":
        loop[Symbol.dispose]();
        port.close();
    }
  });
  report({ type: "ready" });
}

function govern(
  reader: ProcReader,
  id: number,
  spec: WatchSpec,
  report: (message: GovernorReport) => void,
): TreeGovernor {
  const { pid, startTicks, limits, ownProcesses, baselineMb, dataFolder, group } = spec;
  const tree = new ProcessTree(reader, {
    rootPid: pid,
    startTicks,
    dataFolder,
    group: group?.files,
    mostMembers: ownProcesses + limits.processes + MEMBERS_BEYOND_LIMIT,
  });
  return new TreeGovernor({
    tree,
    limits,
    ownProcesses,
    startCpuPercent: spec.startCpuPercent,
    baselineMb,
    dataFolder,
    cores: spec.cores,
    group: group && new GroupWatch(group.files, group.before, limits, baselineMb),
    heldByGroup: new Set(spec.heldByGroup),
    board: new UsageBoard(spec.board),
    nowMs: systemClock.monotonicMs(),
    onLimit: (event) => report({ type: "limit", id, event }),
    onKilled: (reason) => report({ type: "killed", id, reason }),
  });
}

function release(loop: GovernorLoop, id: number): TreeGovernor["killed"] {
  const governor = loop.get(id);
  governor?.conclude();
  loop.remove(id);
  return governor?.killed;
}

/** Enough to see that a tree is over its limit, and to stop it whole in a few rounds. */
const MEMBERS_BEYOND_LIMIT = 256;

if (parentPort) serve(parentPort);
