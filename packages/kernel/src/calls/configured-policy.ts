import type { ContributionKind, OperatorPolicyConfig, PolicyConfig } from "@berth/contract";
import { isIdempotentByKind, KIND_POLICIES } from "./kind-policies.ts";
import { DEFAULT_POLICY, mergePolicies, type PartialCallPolicy } from "./policy.ts";
import { type BudgetPolicy, DEFAULT_BUDGET } from "./retry-budget.ts";

/** What was said of one contribution and its plugin, the later winning: by the manifest, then by the operator. */
export type PolicyLayers = readonly (PolicyConfig | OperatorPolicyConfig | undefined)[];

/** Beside what the layers say. */
export interface PolicyExtras {
  /** What the application does unless a layer says otherwise; over the kind's own. */
  base?: PartialCallPolicy | undefined;
  /** What is said of the one instance that is called; wins over all. */
  said?: PartialCallPolicy | undefined;
}

/** The policy of one contribution, of everything that is said about it. */
export function configuredPolicy(
  kind: ContributionKind,
  layers: PolicyLayers,
  extras: PolicyExtras = {},
): PartialCallPolicy {
  const { base = {}, said = {} } = extras;
  const merged = mergePolicies(KIND_POLICIES[kind], base, ...layers.map(toPolicy), said);
  // Whoever asks for fewer probes than must succeed by default means that all of them must.
  const { probes, successesToClose } = { ...DEFAULT_POLICY.breaker, ...merged.breaker };
  return { ...merged, breaker: { ...merged.breaker, successesToClose: Math.min(probes, successesToClose) } };
}

/** Whether one call may be made twice: by the last layer that says so, else by what `described` and then the kind say. */
export function isIdempotent(
  kind: ContributionKind,
  layers: PolicyLayers,
  member: string,
  args: readonly unknown[],
  described?: boolean | readonly string[],
): boolean {
  const said = layers.findLast((layer) => layer?.idempotent !== undefined)?.idempotent ?? described;
  if (said === undefined) return isIdempotentByKind(kind, args);
  return typeof said === "boolean" ? said : said.includes(member);
}

/** Of several who add to one thing the higher comes first. */
export function priorityOf(layers: PolicyLayers): number {
  return layers.findLast((layer) => layer?.priority !== undefined)?.priority ?? 0;
}

/** How many retries the calls of a plugin may bring about, by the operator alone. */
export function budgetPolicy(config: OperatorPolicyConfig | undefined): BudgetPolicy {
  const { percent = DEFAULT_BUDGET.percent, per_minute = DEFAULT_BUDGET.perMinute } = config?.budget ?? {};
  return { percent, perMinute: per_minute };
}

function toPolicy(config: PolicyConfig | undefined): PartialCallPolicy {
  const { idempotent: _i, priority: _p, budget: _b, ...parts } = (config ?? {}) as OperatorPolicyConfig;
  const policy = camelKeys(parts) as PartialCallPolicy;
  const isOff = parts.breaker?.enabled === false;
  return isOff
    ? { ...policy, breaker: { ...policy.breaker, failureThreshold: Infinity, errorRate: Infinity } }
    : policy;
}

/** The keys of a policy are those of the file in the words of the code; what is absent stays absent. */
function camelKeys(table: object): object {
  const camel: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(table) as [string, unknown][]) {
    if (value === undefined || key === "enabled") continue;
    const name = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    camel[name] = typeof value === "object" && value !== null && !Array.isArray(value) ? camelKeys(value) : value;
  }
  return camel;
}
