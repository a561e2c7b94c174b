import type { CommandRequest, JsonValue } from "@berth/sdk";
import type { KubernetesConfig } from "./settings.ts";

/** The one container of the pod. */
export const CONTAINER = "command";

/** Said of everything that is made, so that an operator finds what is left of a cluster's worst day. */
const LABELS = { "app.kubernetes.io/managed-by": "berth", "app.kubernetes.io/component": "executor" };

/** With an image configured the command runs in it; without one the command names the image, as with the executor docker. */
function wordsOf({ image }: KubernetesConfig, { command, args }: CommandRequest): { image: string } & JsonWords {
  if (image !== undefined) return { image, command: [command, ...args] };
  return { image: command, ...(args.length > 0 ? { args } : {}) };
}

type JsonWords = { command?: string[]; args?: string[] };

/** A Job that runs the command once: nothing starts it again, and the cluster removes it should nobody be left to do so. */
export function jobOf(name: string, config: KubernetesConfig, request: CommandRequest, leftMs: number): JsonValue {
  const folder = request.cwd ?? config.cwd;
  const amounts = {
    ...(config.cpu === undefined ? {} : { cpu: config.cpu }),
    ...(config.memory === undefined ? {} : { memory: config.memory }),
  };
  const container = {
    name: CONTAINER,
    ...wordsOf(config, request),
    env: Object.entries(request.env).map(([variable, value]) => ({ name: variable, value: literal(value) })),
    ...(folder === undefined ? {} : { workingDir: folder }),
    ...(config.pull === undefined ? {} : { imagePullPolicy: config.pull }),
    ...(Object.keys(amounts).length > 0 ? { resources: { requests: amounts, limits: amounts } } : {}),
  };
  const pod = {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: Math.ceil(config.grace / 1_000),
    automountServiceAccountToken: config.service_account !== undefined,
    ...(config.service_account === undefined ? {} : { serviceAccountName: config.service_account }),
    containers: [escaped(container)],
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, labels: LABELS },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      ttlSecondsAfterFinished: Math.ceil(config.keep / 1_000),
      ...(Number.isFinite(leftMs) ? { activeDeadlineSeconds: Math.max(1, Math.ceil(leftMs / 1_000)) } : {}),
      template: { metadata: { labels: LABELS }, spec: pod },
    },
  };
}

/** Kubernetes reads `$(NAME)` in commands, arguments and variables as a variable, and `$$` as one `$` before it. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

function escaped<Container extends JsonWords>(container: Container): Container {
  const { command, args } = container;
  return {
    ...container,
    ...(command ? { command: command.map(literal) } : {}),
    ...(args ? { args: args.map(literal) } : {}),
  };
}
