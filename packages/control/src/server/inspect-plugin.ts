import { neutraliseLine } from "@berth/base";
import type { Peer } from "@berth/protocol";
import type { CheckedParamsOf } from "../wire/methods.ts";
import type { InspectionView } from "../wire/looking-views.ts";
import type { ControlledHost } from "./controlled-host.ts";

/** Looks into a plugin, and writes what it finds to the stream that whoever asks has opened. */
export async function inspectPlugin(
  host: Pick<ControlledHost, "inspections">,
  peer: Peer,
  { stream: id, seconds, by, ...order }: CheckedParamsOf<"plugins.inspect">,
  signal: AbortSignal,
): Promise<InspectionView> {
  using stream = peer.acceptStream(id);
  const wanted = { ...order, by: neutraliseLine(by, 200), durationMs: seconds * 1_000 };
  try {
    const report = await host.inspections.inspect(wanted, (bytes) => stream.write(bytes), signal);
    stream.end();
    return report;
  } catch (error) {
    stream.reset(error as Error);
    throw error;
  }
}
