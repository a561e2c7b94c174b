export {
  createEventBus,
  type BusListener,
  type BusSubscription,
  type EventBus,
  type Subscriber,
} from "@berth/kernel/events";
export type { CapabilityName, DeniedEvent } from "./capability-scope.ts";
export {
  type CapabilitiesOptions,
  type CapabilityServices,
  createCapabilities,
  type OwnedCapabilities,
} from "./create-capabilities.ts";
export type { HttpTransport } from "./fetch/http-transport.ts";
export type { PluginFolders } from "./files/places.ts";
export type { Lookup, ResolvedAddress } from "./network/lookup.ts";
export { createPluginBudget, type PluginBudget } from "./plugin-budget.ts";
export type { PluginStore } from "./plugin-store.ts";
export { environmentSecrets, type SecretSource } from "./secrets/secret-source.ts";
export { MOST_ROWS, UsageLedger, type UsageLedgerOptions, type UsageRow } from "./usage/usage-ledger.ts";
export { describeUse, type UsageRecord, type Use, type UsedEvent, type UseOutcome } from "./usage/use.ts";
