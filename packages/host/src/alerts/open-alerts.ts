import { hostname } from "node:os";
import { errorMessage } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import { alertRulesOf } from "@berth/kernel/alerts";
import { environmentSecrets } from "../capabilities/secrets/secret-source.ts";
import type { Foundation } from "../foundation.ts";
import { HOST_VERSION } from "../version.ts";
import { AlertDesk, type AlertDeskOptions } from "./alert-desk.ts";
import { AlertWebhook } from "./alert-webhook.ts";

/** What {@link openAlerts} needs. */
export type OpenAlertsOptions = Pick<Foundation, "env" | "masker" | "clock" | "log" | "events" | "dataFolder"> &
  Omit<AlertDeskOptions, "rules" | "onNews"> & { config: Pick<HostConfig, "alerts"> };

/** Reading one variable, or a small file. */
const KEY_LIMIT_MS = 5_000;

/** Watches by the rules of `berth.yaml`; what is opened is closed by `owner`. */
export async function openAlerts(options: OpenAlertsOptions, owner: AsyncDisposableStack): Promise<AlertDesk> {
  const webhook = await openWebhook(options);
  if (webhook) owner.use(webhook);
  const onNews: Pick<AlertDeskOptions, "onNews"> = webhook ? { onNews: (news) => webhook.tell(news) } : {};
  return owner.use(new AlertDesk({ ...options, rules: alertRulesOf(options.config.alerts), ...onNews }));
}

/** A message that should be signed is not sent without: who gets it could not tell it from a forged one. */
async function openWebhook(options: OpenAlertsOptions): Promise<AlertWebhook | undefined> {
  const { config, env, masker, clock, log, dataFolder } = options;
  if (!config.alerts?.webhook) return undefined;
  const { url, secret, timeout_ms: timeoutMs, attempts } = config.alerts.webhook;
  const from = { host: hostname(), pid: process.pid, version: HOST_VERSION, dataFolder };
  const parts = { url, timeoutMs, attempts, from, clock, log };
  const mask = (text: string): string => masker.mask(text);
  if (secret === undefined) return new AlertWebhook({ ...parts, mask });
  const source = environmentSecrets(env);
  try {
    const key = await source.get(secret, AbortSignal.timeout(KEY_LIMIT_MS));
    if (key === undefined) throw new Error(source.howToSet(secret));
    masker.register(key);
    return new AlertWebhook({ ...parts, mask, key });
  } catch (error) {
    log.error(`Cannot sign alerts, so none are sent to the webhook: ${errorMessage(error)}`);
    return undefined;
  }
}
