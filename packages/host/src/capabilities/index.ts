export {
  createEventBus,
  type BusListener,
  type BusSubscription,
  type EventBus,
  type Subscriber,
} from "../events/event-bus.ts";
export type { CapabilityName, DeniedEvent } from "./capability-scope.ts";
export {
  type CapabilitiesOptions,
  type CapabilityServices,
  createCapabilities,
  type OwnedCapabilities,
} from "./create-capabilities.ts";
export type { HttpTransport, Lookup, ResolvedAddress } from "./fetch/http-transport.ts";
export type { PluginFolders } from "./files/places.ts";
export { createPluginBudget, type PluginBudget } from "./plugin-budget.ts";
export type { PluginStore } from "./plugin-store.ts";
export { environmentSecrets, type SecretSource } from "./secret-source.ts";
export {
  createServiceRegistry,
  type OpenServiceRegistry,
  type ServiceCall,
  type ServiceMethod,
  type ServiceRegistry,
} from "./service-registry.ts";
