import { HostError } from "@berth/contract";

/** The component broke the rules by which values cross its border. As after any trap, nothing in it is called again. */
export function trap(what: string): HostError {
  return new HostError("PLUGIN_FAILED", `The component trapped: ${what}`);
}
