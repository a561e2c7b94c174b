export { PluginRuntime, type RuntimePeer } from "./plugin-runtime.ts";
