import type { PluginContext } from "@berth/sdk";
import type { KubernetesConfig } from "./settings.ts";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/** The file's content changes before the token in it ends; the clients of Kubernetes read it as often. */
const READ_AGAIN_MS = 60_000;

/** The value of the header `authorization`; `undefined` where there is no token. */
export type Authorization = () => Promise<string | undefined>;

export function openAuthorization(ctx: PluginContext, { token }: Pick<KubernetesConfig, "token">): Authorization {
  if (token === "none") return () => Promise.resolve(undefined);
  // The host puts the token in its place as the request goes out; it is never here.
  if (token === "secret") return async () => `Bearer ${String(await ctx.secrets.handle("KUBERNETES_TOKEN"))}`;
  let known: { value: string; readAtMs: number } | undefined;
  return async () => {
    if (!known || ctx.now() - known.readAtMs >= READ_AGAIN_MS) {
      known = { value: (await ctx.files.readText(SERVICE_ACCOUNT)).trim(), readAtMs: ctx.now() };
    }
    return `Bearer ${known.value}`;
  };
}
