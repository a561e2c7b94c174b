export { AnswerCache } from "./answer-cache.ts";
export type { ContributionPolicies } from "./contribution-policies.ts";
export type { BreakerPolicy, BreakerState } from "./breaker.ts";
export type { CallOptions } from "./call.ts";
export type { CallMetricsSnapshot } from "./call-metrics.ts";
export {
  budgetPolicy,
  configuredPolicy,
  isIdempotent,
  type PolicyExtras,
  type PolicyLayers,
  priorityOf,
} from "./configured-policy.ts";
export { DeadlineWheel } from "./deadline-wheel.ts";
export { Declined, Unavailable } from "./declined.ts";
export { composeEndpoint } from "./endpoint.ts";
export type { Answer, Endpoint, EndpointHooks, EndpointParts } from "./endpoint-parts.ts";
export type { CachedAnswer, FallbackCache } from "./fallback.ts";
export type { CachedOutcome, DeclinedOutcome, FailedOutcome, FreshOutcome, Outcome } from "./outcome.ts";
export {
  type CallPolicy,
  completePolicy,
  type ConcurrencyPolicy,
  DEFAULT_POLICY,
  type FallbackPolicy,
  NO_RETRY,
  type PartialCallPolicy,
  type RetryPolicy,
} from "./policy.ts";
export { type BudgetPolicy, RetryBudget } from "./retry-budget.ts";
