import { type NotPlain, plainJson } from "@berth/base";
import { HostError, type PluginState } from "@berth/contract";

/** Deeper than anything that is written by hand, and far from where a stack ends. */
const MAX_DEPTH = 200;

/**
 * A copy of the state that a plugin wants to hand on, bytes or JSON.
 *
 * @throws HostError `STATE_UNCARRIABLE` naming the path of the first thing that cannot be carried.
 */
export function carriedState(plugin: string, value: unknown, version: number, maxBytes: number): PluginState {
  const refuse = (problem: NotPlain): HostError => uncarriable(plugin, problem);
  if (!(value instanceof Uint8Array)) {
    return { version, value: plainJson(value, { maxBytes, maxDepth: MAX_DEPTH }, "state", refuse) };
  }
  if (value.byteLength > maxBytes) throw refuse({ path: "state", problem: "size", found: `${maxBytes} bytes` });
  return { version, value: new Uint8Array(value) };
}

function uncarriable(plugin: string, { path, problem, found }: NotPlain): HostError {
  const why = {
    type: `${found} is neither JSON nor bytes`,
    cycle: "it is a reference to what holds it",
    depth: `it is nested deeper than ${found}`,
    size: `it is larger than ${found} (limits.state_mb)`,
  }[problem];
  return new HostError("STATE_UNCARRIABLE", `Cannot carry the state of plugin "${plugin}": ${path}: ${why}`, {
    details: { plugin, path, problem },
  });
}
