import type { JsonView } from "@berth/sdk";
import { CONTAINER } from "./job-manifest.ts";

/** What becomes of a pod, as far as the one who waits for it cares. */
export type PodState =
  | { is: "waiting"; why: string }
  /** It fits on no node, so far. */
  | { is: "unplaced"; why: string }
  | { is: "running" }
  | { is: "ended"; exitCode: number; note?: string }
  /** It will never run, or is gone. */
  | { is: "failed"; why: string };

/** Reasons of a waiting container after which Kubernetes tries on for ever, and in vain. */
const HOPELESS: Readonly<Record<string, string>> = {
  ImagePullBackOff: "its image cannot be pulled",
  ErrImageNeverPull: "its image is not on the node, and may not be pulled",
  InvalidImageName: "the name of its image is none",
  ImageInspectError: "its image cannot be read",
  CreateContainerConfigError: "its container cannot be set up",
  CreateContainerError: "its container cannot be made",
  RunContainerError: "its container cannot be started",
  CrashLoopBackOff: "its container ends as soon as it is started",
};
/** A container that ended so has never run its command. */
const NOT_STARTED = new Set(["StartError", "ContainerCannotRun"]);

/** Reads a pod (`core/v1`, `PodStatus`). */
export function podState(pod: JsonView): PodState {
  const status = pod.at("status");
  const container = status.list("containerStatuses", 20).find((one) => one.text("name") === CONTAINER);
  const ended = container?.at("state", "terminated");
  const exitCode = ended?.number("exitCode");
  if (ended && exitCode !== undefined) return endOf(exitCode, ended);
  if (container?.at("state", "running").value !== undefined) return { is: "running" };
  if (status.text("phase") === "Failed") {
    return { is: "failed", why: sentence("the pod failed", status.text("reason"), status.text("message")) };
  }
  const waiting = container?.at("state", "waiting");
  const reason = waiting?.text("reason") ?? "";
  if (Object.hasOwn(HOPELESS, reason)) {
    return { is: "failed", why: sentence(HOPELESS[reason]!, reason, waiting?.text("message")) };
  }
  const placed = status.list("conditions", 20).find((one) => one.text("type") === "PodScheduled");
  if (placed?.text("status") === "False" && placed.text("reason") === "Unschedulable") {
    return { is: "unplaced", why: sentence("its pod fits on no node", "Unschedulable", placed.text("message")) };
  }
  return { is: "waiting", why: sentence("its pod is still waiting", reason || undefined, waiting?.text("message")) };
}

function endOf(exitCode: number, ended: JsonView): PodState {
  const reason = ended.text("reason");
  const message = ended.text("message");
  if (reason !== undefined && NOT_STARTED.has(reason)) {
    return { is: "failed", why: sentence("the command cannot be started", reason, message) };
  }
  // Anything else than these is worth a line in the log: the exit code 137 alone does not tell that memory was short.
  const isUsual = reason === undefined || reason === "Completed" || reason === "Error";
  return { is: "ended", exitCode, ...(isUsual ? {} : { note: sentence("the command was ended", reason, message) }) };
}

/** Why a Job (`batch/v1`, `JobStatus`) failed; `undefined` when it did not. */
export function jobFailure(job: JsonView): string | undefined {
  const failed = job
    .list(["status", "conditions"], 20)
    .find((one) => /^Fail(?:ed|ureTarget)$/.test(one.text("type") ?? "") && one.text("status") === "True");
  return failed && sentence("the Job failed", failed.text("reason"), failed.text("message"));
}

function sentence(what: string, reason: string | undefined, message: string | undefined): string {
  const named = reason === undefined ? what : `${what} (${reason})`;
  return message === undefined ? named : `${named}: ${message}`;
}
