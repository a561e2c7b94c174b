import { fields } from "@berth/sdk";

/** A name as Kubernetes has them: a DNS label. */
const LABEL = /[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?/;
/** An amount, such as `500m` or `1.5Gi`. */
const QUANTITY = /\d{1,15}(?:\.\d{1,9})?(?:m|[kMGTPE]i?|Ki)?/;

/** What the operator may write. */
export const settingsSchema = fields({
  api: {
    type: "string",
    required: true,
    pattern: /https?:\/\/[^\s/?#]+\/?/,
    description:
      "The API server: https://kubernetes.default.svc inside a cluster, http://127.0.0.1:8001 of kubectl proxy",
  },
  token: {
    type: "string",
    oneOf: ["secret", "service-account", "none"],
    default: "secret",
    description:
      "Where the token is: the secret KUBERNETES_TOKEN, or the file of the service account of the pod this runs in",
  },
  namespace: { type: "string", default: "default", pattern: LABEL, description: "Where Jobs are made" },
  image: {
    type: "string",
    maxLength: 1_000,
    description: "The image commands run in; without it the command is the image",
  },
  pull: {
    type: "string",
    oneOf: ["Always", "IfNotPresent", "Never"],
    description: "When the image is pulled; default that of the cluster",
  },
  cwd: { type: "string", maxLength: 4_000, description: "The folder in the container; default that of the image" },
  cpu: { type: "string", pattern: QUANTITY, description: "Processors the command gets, at least and at most: 500m, 2" },
  memory: { type: "string", pattern: QUANTITY, description: "Memory it gets, at least and at most: 256Mi, 2Gi" },
  service_account: {
    type: "string",
    pattern: LABEL,
    description: "The account the command runs as, with its token; without it there is no token in its pod",
  },
  grace: { type: "duration", max: "10m", default: "10s", description: "From the request to end until it is killed" },
  start_within: {
    type: "duration",
    min: "1s",
    max: "1h",
    default: "5m",
    description: "How long it may take until the command runs: the pod is made, placed, its image pulled",
  },
  place_within: {
    type: "duration",
    max: "1h",
    default: "0s",
    description: "How long a pod may be said to fit on no node; longer than 0s where clusters grow by themselves",
  },
  poll: { type: "duration", min: "10ms", max: "1m", default: "500ms", description: "How often pod and log are read" },
  keep: {
    type: "duration",
    max: "7d",
    default: "10m",
    description: "When the cluster removes a Job that ended, should nobody be left to do so",
  },
});

/** As checked. */
export interface KubernetesConfig {
  api: string;
  token: "secret" | "service-account" | "none";
  namespace: string;
  image?: string;
  pull?: "Always" | "IfNotPresent" | "Never";
  cwd?: string;
  cpu?: string;
  memory?: string;
  service_account?: string;
  grace: number;
  start_within: number;
  place_within: number;
  poll: number;
  keep: number;
}
