import { type Clock, runWithin, type WithinOptions } from "@berth/base";
import { type Channel, HostError, type InstanceRequest } from "@berth/contract";
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
  /** What is opened in it next; it may be by the time its code is loaded. */
  instances?: readonly InstanceRequest[];
  clock: Clock;
  hostVersion: string;
  /** Counts its calls, where somebody asked for that. */
  tally?: CallTally | undefined;
  /** Hears of its event loop. */
  onPulse?: (pulse: GenerationPulse) => void;
}

/** How long opening may take, and for whom. */
type OpenLimit = Pick<WithinOptions, "clock" | "limitMs" | "onTimeout"> & { signal: AbortSignal };

/** One that is open when nobody waits for it any more is closed again. */
async function openWanted(runner: Runner, request: OpenRequest, signal: AbortSignal): Promise<Channel> {
  const channel = await runner.open(request, signal);
  if (!signal.aborted) return channel;
  await channel[Symbol.asyncDispose]();
  throw signal.reason;
}

/** What is not checked yet does not run; the time that takes is none of the plugin's. */
async function openCleared(
  { runner, cleared }: PluginCode,
  request: OpenRequest,
  { signal, ...limit }: OpenLimit,
): Promise<Channel> {
  if (!cleared || !runner.awaitsClearance) {
    await cleared;
    return runWithin({ ...limit, signal }, (within) => openWanted(runner, request, within));
  }
  const stop = new AbortController();
  const opening = openWanted(runner, { ...request, cleared }, AbortSignal.any([signal, stop.signal]));
  try {
    await Promise.race([cleared, opening.then(() => cleared)]);
    return await runWithin({ ...limit, signal }, () => opening);
  } catch (error) {
    stop.abort(error);
    void opening.then((channel) => channel[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
}

/** Loads the code; no hook of the plugin has run when it resolves. What was opened is closed again when it fails. */
export async function openGeneration(
  { code, number, serves, instances = [], clock, hostVersion, tally, onPulse }: GenerationToOpen,
  signal: AbortSignal,
): Promise<Generation> {
  const { manifest } = code;
  const { name, version } = manifest.plugin;
  await assertVersionsFit(manifest, { host: hostVersion, node: process.versions.node });
  await using opened = new AsyncDisposableStack();
  const { makeCapabilities, generationLimits: limits, digest, ...prepared } = await code.prepare(signal);
  const settings = await code.settings?.();
  const modules = code.modules?.();
  const pool = opened.use(new CapabilityPool(makeCapabilities, number, serves));
  for (const { instanceId, config } of instances) pool.expect(instanceId, config);
  const request: OpenRequest = {
    folder: code.folder,
    ...prepared,
    identity: { name, version, provides: providedBy(manifest) },
    manifest,
    generation: number,
    instances,
    ...(modules ? { modules } : {}),
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
  const channel = await openCleared(code, request, { clock, limitMs, signal, onTimeout });
  // From here on the generation owns both.
  opened.move();
  return new Generation({ plugin: name, number, channel, capabilities: pool, clock, limits, onLimit, digest, tally });
}
