export { type HealthChange, HostHealth, type HealthSnapshot, type HostPhase } from "./host-health.ts";
