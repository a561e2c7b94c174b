import type { Foundation } from "../foundation.ts";
import type { HostOptions } from "../host.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { Shutdown } from "./shutdown.ts";

/** The shutdown of one host, begun and hurried by the signals that its owner gave it. */
export function openShutdown(
  directory: PluginDirectory,
  { clock, config, log }: Pick<Foundation, "clock" | "config" | "log">,
  { stop, hurry, onLeftBehind }: Pick<HostOptions, "stop" | "hurry" | "onLeftBehind">,
): Shutdown {
  const shutdown = new Shutdown({
    clock,
    drainMs: () => config.shutdown.drain_ms,
    killAll: () => directory.plugins.forEach((plugin) => plugin.kill()),
    hasStuck: () => directory.plugins.some(({ stuck }) => stuck.length > 0),
    onLeftBehind: (why) => {
      log.error(`The host ends and leaves something behind: ${why}`);
      onLeftBehind?.(why);
    },
  });
  when(stop, () => shutdown.begin());
  when(hurry, () => shutdown.hurry());
  return shutdown;
}

/** From here on no plugin is loaded any more, and those that run end in the time there is. */
export function beginStop(directory: PluginDirectory, shutdown: Shutdown): void {
  const pace = shutdown.begin();
  for (const plugin of directory.plugins) plugin.beginStop(pace);
}

function when(signal: AbortSignal | undefined, act: () => void): void {
  if (signal?.aborted) act();
  else signal?.addEventListener("abort", act, { once: true });
}
