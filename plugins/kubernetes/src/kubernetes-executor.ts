import { type CommandResult, defineExecutor } from "@berth/sdk";
import { ApiClient } from "./api-client.ts";
import { JobRun } from "./job-run.ts";
import { type KubernetesConfig, settingsSchema } from "./settings.ts";

/** `executor/kubernetes`: each command as a Job of its own, which is removed afterwards (RPT-66). */
export const kubernetesExecutor = defineExecutor("kubernetes", {
  description: "Runs each command as a Job of a Kubernetes cluster",
  config: settingsSchema,
  create(config: KubernetesConfig, ctx) {
    const client = new ApiClient(ctx, config);
    // Whoever gives up a call does not wait for it; what is under way is the removal of its Job.
    const running = new Set<Promise<number>>();
    return {
      // All that it needs is HTTP.
      supportedPlatforms: ["linux", "darwin", "win32", "freebsd"],
      async execute(request, emit, call) {
        const startedMs = ctx.now();
        const run = new JobRun(ctx, client, config).toEnd(request, emit, call.deadline, call.signal);
        running.add(run);
        const exitCode = await run.finally(() => running.delete(run));
        return { exitCode, signal: null, durationMs: ctx.now() - startedMs } satisfies CommandResult;
      },
      async dispose() {
        await Promise.allSettled(running);
      },
    };
  },
});
