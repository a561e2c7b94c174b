import { type CommandRequest, type EmitOutput, HostError, type JsonView, pause, type PluginContext } from "@berth/sdk";
import { type ApiClient, failedStep, jsonOf, refused } from "./api-client.ts";
import { jobOf } from "./job-manifest.ts";
import { LogFollower } from "./log-follower.ts";
import { jobFailure, type PodState, podState } from "./pod-state.ts";
import type { KubernetesConfig } from "./settings.ts";

/** Making and removing must not hang; whoever gives up waits no longer than this for them. */
const CHANGE_LIMIT_MS = 30_000;
/** Pods add six characters to the name of their Job, and have 63 in all. */
const NAME_DIGITS = 20;

/** One command as one Job, from its making to its removal. */
export class JobRun {
  readonly #ctx: PluginContext;
  readonly #client: ApiClient;
  readonly #config: KubernetesConfig;
  readonly #name = `berth-${crypto.randomUUID().replaceAll("-", "").slice(0, NAME_DIGITS)}`;
  readonly #jobs: string;
  readonly #pods: string;
  #mayExist = true;

  constructor(ctx: PluginContext, client: ApiClient, config: KubernetesConfig) {
    this.#ctx = ctx;
    this.#client = client;
    this.#config = config;
    const namespace = encodeURIComponent(config.namespace);
    this.#jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    this.#pods = `/api/v1/namespaces/${namespace}/pods`;
  }

  /** Resolves with the exit code. */
  async toEnd(request: CommandRequest, emit: EmitOutput, deadline: number, signal: AbortSignal): Promise<number> {
    await this.#client.requireToken();
    try {
      await this.#create(request, deadline, signal);
      return await this.#follow(emit, signal);
    } finally {
      // Also when nobody knows whether it was made: the name is ours.
      if (this.#mayExist) await this.#remove();
    }
  }

  async #create(request: CommandRequest, deadline: number, signal: AbortSignal): Promise<void> {
    const job = jobOf(this.#name, this.#config, request, deadline - this.#ctx.now());
    // Not given up half-way: a server may make the Job after it was asked to remove it.
    const answer = await this.#client.change("POST", this.#jobs, job, AbortSignal.timeout(CHANGE_LIMIT_MS));
    // Refused: nothing was made, or by somebody else.
    if (answer.status >= 400 && answer.status < 500) this.#mayExist = false;
    signal.throwIfAborted();
    if (answer.status !== 201) throw refused("create a Job", answer);
  }

  async #follow(emit: EmitOutput, signal: AbortSignal): Promise<number> {
    const startedMs = this.#ctx.now();
    let log: LogFollower | undefined;
    let podName: string | undefined;
    for (;;) {
      const pod = await this.#pod(podName, signal);
      podName ??= pod?.text("metadata", "name");
      const state = pod ? podState(pod) : await this.#withoutPod(podName, signal);
      if (podName !== undefined && (state.is === "running" || state.is === "ended")) {
        log ??= new LogFollower(this.#client, `${this.#pods}/${encodeURIComponent(podName)}`, emit, this.#ctx.log);
        const isThere = await log.readOn(signal);
        if (state.is === "ended") return this.#ended(state, isThere);
      } else {
        this.#requireHope(state, this.#ctx.now() - startedMs);
      }
      await pause(this.#config.poll, signal);
    }
  }

  /** The pod of the Job; of several, which one Job does not make, the one that was followed. */
  async #pod(name: string | undefined, signal: AbortSignal): Promise<JsonView | undefined> {
    const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${this.#name}`);
    const pods = await this.#client.read("find the pod of the Job", `${this.#pods}?labelSelector=${selector}`, signal);
    const items = pods.list("items", 100);
    return name === undefined ? items[0] : items.find((pod) => pod.text("metadata", "name") === name);
  }

  async #withoutPod(podName: string | undefined, signal: AbortSignal): Promise<PodState> {
    const answer = await this.#client.get(`${this.#jobs}/${this.#name}`, signal);
    if (answer.status === 404) return { is: "failed", why: "somebody has removed its Job" };
    if (answer.status !== 200) throw refused("read the Job", answer);
    const why = jobFailure(jsonOf(answer));
    if (why !== undefined) return { is: "failed", why };
    if (podName !== undefined) return { is: "failed", why: "somebody has removed its pod" };
    return {
      is: "waiting",
      why: "its Job has no pod yet; a quota of the namespace may forbid it: see the events of the Job",
    };
  }

  #requireHope(state: PodState, waitedMs: number): void {
    const { start_within: startWithin, place_within: placeWithin } = this.#config;
    if (state.is === "failed") throw unable(state.why);
    if (state.is === "unplaced" && waitedMs >= placeWithin) throw unable(state.why);
    if ((state.is === "waiting" || state.is === "unplaced") && waitedMs >= startWithin) {
      throw unable(`it did not start within ${startWithin / 1_000} s: ${state.why}`);
    }
  }

  #ended({ exitCode, note }: PodState & { is: "ended" }, hasLog: boolean): number {
    if (note !== undefined) this.#ctx.log.warn(note, { exitCode });
    if (!hasLog) this.#ctx.log.warn("The log of the pod was gone before its end was read: output may be missing");
    return exitCode;
  }

  async #remove(): Promise<void> {
    const limit = AbortSignal.timeout(CHANGE_LIMIT_MS);
    const options = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
    const step = `remove the Job ${this.#name}`;
    try {
      const answer = await this.#client.change("DELETE", `${this.#jobs}/${this.#name}`, options, limit);
      if (![200, 202, 404].includes(answer.status)) throw refused(step, answer);
    } catch (error) {
      // The command has its result all the same; what is left has an end of its own.
      this.#ctx.log.error(failedStep(step, error).message);
    }
  }
}

function unable(why: string): HostError {
  return new HostError("CAPABILITY_FAILED", `Cannot run the command in Kubernetes: ${why}`);
}
