export type { GenerationPulse, Pulse } from "./pulse.ts";
