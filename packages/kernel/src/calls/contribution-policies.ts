import type { Endpoint } from "./endpoint-parts.ts";
import type { PartialCallPolicy } from "./policy.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What is said of the calls into one contribution of a plugin, by its manifest and by the operator. */
export interface ContributionPolicies {
  readonly policy: PartialCallPolicy;
  /** Of the whole plugin. */
  readonly budget: RetryBudget;
  /** Whether a call may be made twice. @param described what the plugin's code says of it. */
  isIdempotent(member: string, args: readonly unknown[], described?: boolean | readonly string[]): boolean;
  /** Holds an endpoint to what is said whenever that changes, until disposed. */
  keep(endpoint: Pick<Endpoint<never, unknown>, "adapt">): Disposable;
}
