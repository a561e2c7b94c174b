export { DEFAULT_LIMIT_MS, type ServiceCall, type ServiceMethod, type ServiceRegistry } from "./service-call.ts";
export {
  createServiceRegistry,
  type OpenServiceRegistry,
  type ServicePlugins,
  type ServiceRegistryOptions,
} from "./service-registry.ts";
