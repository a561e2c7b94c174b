import { type Clock, runWithin } from "@berth/base";
import { type Channel, HostError } from "@berth/contract";
import type { OpenRequest, Runner } from "../runner.ts";
import type { CallTally } from "../usage/call-tally.ts";
import type { GenerationPulse } from "../watchdog/pulse.ts";
import { assertVersionsFit } from "./assert-versions-fit.ts";
import { CapabilityPool } from "./capability-pool.ts";
import { Generation } from "./generation.ts";
import { type PluginCode, providedBy } from "./plugin-code.ts";

/** What is to be opened. */
export interface GenerationToOpen {
  code: PluginCode;
  /** Which load of this plugin in this host it is, from 1. */
  number: number;
  /** Whether it serves at once, or is to replace another. */
  serves: boolean;
  clock: Clock;
  hostVersion: string;
  /** Counts its calls, where somebody asked for that. */
  tally?: CallTally | undefined;
  /** Hears of its event loop. */
  onPulse?: (pulse: GenerationPulse) => void;
}

/** One that is open when nobody waits for it any more is closed again. */
async function openWanted(runner: Runner, request: OpenRequest, signal: AbortSignal): Promise<Channel> {
  const channel = await runner.open(request, signal);
  if (!signal.aborted) return channel;
  await channel[Symbol.asyncDispose]();
  throw signal.reason;
}

/** Loads the code; no hook of the plugin has run when it resolves. What was opened is closed again when it fails. */
export async function openGeneration(
  { code, number, serves, clock, hostVersion, tally, onPulse }: GenerationToOpen,
  signal: AbortSignal,
): Promise<Generation> {
  const { manifest, runner } = code;
  const { name, version } = manifest.plugin;
  await assertVersionsFit(manifest, { host: hostVersion, node: process.versions.node });
  await using opened = new AsyncDisposableStack();
  const { makeCapabilities, generationLimits: limits, digest, ...prepared } = await code.prepare(signal);
  const settings = await code.settings?.();
  const pool = opened.use(new CapabilityPool(makeCapabilities, number, serves));
  const request: OpenRequest = {
    folder: code.folder,
    ...prepared,
    identity: { name, version, provides: providedBy(manifest) },
    manifest,
    generation: number,
    ...(settings ? { settings } : {}),
    ...(onPulse ? { onPulse: (pulse) => onPulse({ ...pulse, generation: number }) } : {}),
    capabilities: (instanceId) => pool.of(instanceId),
    now: () => clock.now(),
  };
  const { onLimit } = prepared;
  const { startTimeoutMs: limitMs } = limits;
  const onTimeout = (): Error => {
    onLimit({ limit: "start_timeout_ms", allowed: limitMs, used: limitMs, action: "ended" });
    return new HostError(
      "CALL_DEADLINE_EXCEEDED",
      `Cannot load plugin "${name}": it took longer than ${limitMs / 1_000} s`,
    );
  };
  const channel = await runWithin({ clock, limitMs, signal, onTimeout }, (within) =>
    openWanted(runner, request, within),
  );
  // From here on the generation owns both.
  opened.move();
  return new Generation({ plugin: name, number, channel, capabilities: pool, clock, limits, onLimit, digest, tally });
}
