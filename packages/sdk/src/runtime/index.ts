export { type ContextIdentity, createContext } from "../context/create-context.ts";
export { PluginRuntime, type RuntimePeer } from "./plugin-runtime.ts";
