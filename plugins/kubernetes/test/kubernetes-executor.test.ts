import { join } from "node:path";
import type { CommandOutput, CommandResult } from "@berth/sdk";
import type { IPodSpec } from "kubernetes-models/v1";
import { createTestHost, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { ApiStandIn, type MadeJob, type PodScript, PODS } from "./api-stand-in.ts";

const PLUGIN = join(import.meta.dirname, "..");
const START_MS = Date.UTC(2026, 0, 31, 12);
const COMMAND = { command: "sh", args: ["-c", "echo $(HOME) $$"], env: { A: "1" } };

type Tier = "inline" | "process";

interface RunOptions {
  config?: object;
  tier?: Tier;
  request?: object;
  signal?: AbortSignal;
  deadline?: number;
  onOutput?: (text: string) => void | Promise<void>;
}

function openHost(tier: Tier, env: Record<string, string> = { KUBERNETES_TOKEN: "s3cret" }): Promise<TestHost> {
  const plugins = { kubernetes: { enabled: true, isolation: tier, accept_unenforced: [] } };
  return createTestHost({ plugins: [PLUGIN], env, config: { plugins } });
}

function instanceOf(host: TestHost, { url }: ApiStandIn, config: object) {
  const whole = { api: url, namespace: "work", image: "tiny", poll: "10ms", ...config };
  return host.instance({ contribution: "executor/kubernetes", instanceId: "it", config: whole });
}

function callOf(signal = new AbortController().signal, deadline = Infinity) {
  return { signal, deadline, attempt: 1, caller: "test", permissions: [], correlationId: "1" };
}

async function run(api: ApiStandIn, options: RunOptions = {}) {
  const { config = {}, tier = "inline", request = COMMAND, signal, deadline, onOutput } = options;
  await using host = await openHost(tier);
  const instance = instanceOf(host, api, config);
  let out = "";
  const emit = async ({ stream, bytes }: CommandOutput): Promise<void> => {
    const text = Buffer.from(bytes).toString();
    out += stream === "stdout" ? text : "";
    await onOutput?.(text);
  };
  const result = (await instance.method("execute")([request, emit], callOf(signal, deadline))) as CommandResult;
  return { result, out, logged: host.records.map(({ message }) => message) };
}

/** What the pod becomes, a step further with each list of pods. */
function inTurn(api: ApiStandIn, steps: readonly (() => PodScript)[]): void {
  let at = 0;
  api.onRequest = (line) => {
    if (line === "GET /api/v1/namespaces/work/pods") api.pod = steps[Math.min(at++, steps.length - 1)]!();
  };
}

describe("executor/kubernetes", { timeout: 60_000 }, () => {
  test.each<Tier>(["inline", "process"])(
    "in the tier %s makes a Job, streams its log while it runs, gives the exit code and removes the Job [RPT-66, RPT-74]",
    async (tier) => {
      await using api = await ApiStandIn.open();
      const { promise: heard, resolve: onOutput } = Promise.withResolvers<void>();
      let line = 0;
      const write = (pod: PodScript) => (): PodScript => {
        for (let count = 0; count < 3; count++) api.log.write(START_MS + line * 100, `line ${line++}`);
        return pod;
      };
      // It goes on running until its first output was heard: nothing waits for its end.
      void heard.then(() => {
        inTurn(api, [write(PODS.ended(7))]);
      });
      const waiting = (): PodScript => PODS.waiting("ContainerCreating", "");
      inTurn(api, [(): PodScript => "gone", waiting, write(PODS.running), (): PodScript => PODS.running]);
      const { result, out } = await run(api, { tier, onOutput: () => onOutput() });
      expect(result).toMatchObject({ exitCode: 7, signal: null });
      const lines = out.split("\n").slice(0, -1);
      expect(lines).toEqual(lines.map((_, number) => `line ${number}`));
      expect([lines.length === line, api.jobs.size, [...api.tokens]]).toEqual([true, 0, ["Bearer s3cret"]]);
      expect(api.deletions).toEqual([{ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" }]);
    },
  );

  test("says in the Job what is to run, with what, for how long, and when it is to be removed [RPT-66, RPT-90]", async () => {
    await using api = await ApiStandIn.open();
    api.pod = PODS.ended(0);
    const config = { cpu: "500m", memory: "64Mi", service_account: "runner", pull: "Never", grace: "3s", keep: "1m" };
    const request = { ...COMMAND, cwd: "/work" };
    const { result } = await run(api, { config, request, deadline: Date.now() + 100_000 });
    expect(result.exitCode).toBe(0);
    const [{ metadata, spec }] = api.made as [MadeJob];
    expect(metadata).toMatchObject({
      name: expect.stringMatching(/^berth-[0-9a-f]{20}$/),
      labels: { "app.kubernetes.io/managed-by": "berth" },
    });
    expect(spec).toMatchObject({ backoffLimit: 0, ttlSecondsAfterFinished: 60 });
    expect(spec.activeDeadlineSeconds).toBeGreaterThan(50);
    expect(spec.activeDeadlineSeconds).toBeLessThanOrEqual(100);
    const amounts = { cpu: "500m", memory: "64Mi" };
    expect(spec.template.spec).toEqual({
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 3,
      automountServiceAccountToken: true,
      serviceAccountName: "runner",
      containers: [
        {
          name: "command",
          image: "tiny",
          // What Kubernetes would take for a variable of its own comes as it was written.
          command: ["sh", "-c", "echo $$(HOME) $$$$"],
          env: [{ name: "A", value: "1" }],
          workingDir: "/work",
          imagePullPolicy: "Never",
          resources: { requests: amounts, limits: amounts },
        },
      ],
    } satisfies IPodSpec);
  });

  test("takes the command for the image where none is configured, and asks without a token where there is none [RPT-90]", async () => {
    await using api = await ApiStandIn.open();
    api.pod = PODS.ended(0);
    await run(api, { config: { image: undefined, token: "none" }, request: { command: "tiny", args: ["a"], env: {} } });
    expect(api.made[0]!.spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      containers: [{ image: "tiny", args: ["a"] }],
    });
    expect([...api.tokens]).toEqual([undefined]);
  });

  test.each<[string, PodScript, string]>([
    [
      "an image that cannot be pulled",
      PODS.waiting("ImagePullBackOff", 'Back-off pulling image "tiny"'),
      'its image cannot be pulled (ImagePullBackOff): Back-off pulling image "tiny"',
    ],
    [
      "no room",
      PODS.unschedulable,
      "its pod fits on no node (Unschedulable): 0/3 nodes are available: 3 Insufficient cpu.",
    ],
    ["an eviction", PODS.evicted, "the pod failed (Evicted): The node was low on resource: memory."],
    ["a program that is not there", PODS.ended(128, "StartError"), "the command cannot be started (StartError)"],
  ])("tells of %s at once, and leaves nothing behind [RPT-66]", async (_what, pod, why) => {
    await using api = await ApiStandIn.open();
    api.pod = pod;
    await expect(run(api)).rejects.toMatchObject({ message: `Cannot run the command in Kubernetes: ${why}` });
    expect(api.jobs.size).toBe(0);
  });

  test("waits for a node where the operator says that some may come, and no longer than it may take to start", async () => {
    await using api = await ApiStandIn.open();
    inTurn(api, [() => PODS.unschedulable, () => PODS.unschedulable, () => PODS.ended(0)]);
    expect((await run(api, { config: { place_within: "1m" } })).result.exitCode).toBe(0);
    inTurn(api, [() => "gone"]);
    await expect(run(api, { config: { start_within: "1s" } })).rejects.toMatchObject({
      message: expect.stringMatching(/it did not start within 1 s: its Job has no pod yet; a quota/),
    });
  });

  test("tells why its pod is gone: the time is over, or somebody has removed it", async () => {
    await using api = await ApiStandIn.open();
    inTurn(api, [() => PODS.running, () => "gone"]);
    await expect(run(api)).rejects.toMatchObject({ message: expect.stringContaining("somebody has removed its pod") });
    const message = "Job was active longer than specified deadline";
    api.jobStatus = { conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded", message }] };
    inTurn(api, [() => PODS.running, () => "gone"]);
    await expect(run(api)).rejects.toMatchObject({
      message: `Cannot run the command in Kubernetes: the Job failed (DeadlineExceeded): ${message}`,
    });
  });

  test.each<Tier>(["inline", "process"])(
    "in the tier %s removes the Job when the caller gives up, also while it is being made [RPT-66]",
    async (tier) => {
      await using api = await ApiStandIn.open();
      api.pod = PODS.running;
      api.log.write(START_MS, "started");
      const late = new AbortController();
      const running = run(api, { tier, signal: late.signal, onOutput: () => late.abort(new Error("enough")) });
      await expect(running).rejects.toThrow("enough");
      expect([api.deletions.length, api.jobs.size]).toEqual([1, 0]);
      const early = new AbortController();
      api.onRequest = (line) => {
        if (line.startsWith("POST")) early.abort(new Error("too late"));
      };
      await expect(run(api, { tier, signal: early.signal })).rejects.toThrow();
      expect([api.made.length, api.deletions.length, api.jobs.size]).toEqual([2, 2, 0]);
    },
  );

  test.each<Tier>(["inline", "process"])(
    "in the tier %s is closed only when the Job of a run that was given up is removed [RPT-66]",
    async (tier) => {
      await using api = await ApiStandIn.open();
      api.pod = PODS.running;
      api.log.write(START_MS, "started");
      await using host = await openHost(tier);
      const instance = instanceOf(host, api, {});
      const caller = new AbortController();
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const ended = instance
        .method("execute")([COMMAND, () => resolve()], callOf(caller.signal))
        .catch(() => "ended");
      await started;
      caller.abort(new Error("enough"));
      await instance[Symbol.asyncDispose]();
      expect([api.deletions.length, api.jobs.size]).toEqual([1, 0]);
      expect(await ended).toBe("ended");
    },
  );

  test("makes and removes nothing without the token that it is to have", async () => {
    await using api = await ApiStandIn.open();
    await using host = await openHost("inline", {});
    const run = instanceOf(host, api, {}).method("execute")([COMMAND, () => undefined], callOf());
    await expect(run).rejects.toMatchObject({ message: expect.stringContaining("KUBERNETES_TOKEN: it is not set") });
    expect([api.asked, host.records.filter(({ level }) => level === "error")]).toEqual([[], []]);
  });

  test("outlives an API server that is not there for a moment, and says what it answers for good", async () => {
    await using api = await ApiStandIn.open();
    inTurn(api, [() => PODS.running, () => PODS.ended(0)]);
    api.log.write(START_MS, "once");
    const { onRequest } = api;
    let requests = 0;
    api.onRequest = (line) => {
      if (++requests === 3) api.faults.push(503, 429);
      onRequest(line);
    };
    expect(await run(api)).toMatchObject({ result: { exitCode: 0 }, out: "once\n" });
    api.faults.push(401);
    await expect(run(api)).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot create a Job: the API server answered 401: .*; is the token right/),
    });
    await expect(run(api, { config: { namespace: "other" } })).rejects.toMatchObject({
      message: expect.stringContaining('User "system:anonymous" cannot POST'),
    });
  });

  test.each([401, 403, 404, 409, 422])(
    "says that a Job was refused with %d, and removes none [RPT-66]",
    async (status) => {
      await using api = await ApiStandIn.open();
      api.faults.push(status);
      const refused = run(api);
      await expect(refused).rejects.toMatchObject({
        code: "CAPABILITY_FAILED",
        message: expect.stringContaining(`Cannot create a Job: the API server answered ${status}: the server is`),
      });
      expect(api.deletions).toEqual([]);
    },
  );

  test("logs what the exit code does not tell", async () => {
    await using api = await ApiStandIn.open();
    api.pod = PODS.ended(137, "OOMKilled");
    const { result, logged } = await run(api);
    expect(result.exitCode).toBe(137);
    expect(logged).toContain("the command was ended (OOMKilled)");
  });
});
