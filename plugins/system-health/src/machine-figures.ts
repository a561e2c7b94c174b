import { JsonView, type PluginContext } from "@berth/sdk";
import type { Figures } from "./figures.ts";

/** What the host knows of a machine without `/proc`: macOS, Windows and the like. */
export async function readMachineFigures(ctx: PluginContext, signal: AbortSignal): Promise<Figures> {
  const machine = new JsonView(await ctx.services.call("machine", "figures", null, signal));
  const platform = machine.text("platform") ?? "";
  const total = machine.number("totalMemory");
  const available = machine.number("freeMemory");
  return {
    hostname: machine.text("hostname") ?? "this machine",
    system: `${systemName(platform)} ${machine.text("release") ?? ""}`.trim(),
    cpus: machine.number("cpus") ?? 1,
    cpu: undefined,
    memory: total === undefined || available === undefined ? undefined : { total, available },
    swap: undefined,
    load: loadOf(machine, platform),
    uptimeSeconds: machine.number("uptimeSeconds"),
    network: undefined,
    disks: [],
    processes: [],
    temperatures: [],
    missing: ["CPU use", "swap", "disks", "network", "processes", "temperatures"],
  };
}

/** Windows has no load; it is given as zeros there. */
function loadOf(machine: JsonView, platform: string): Figures["load"] {
  const [one, five, fifteen] = [0, 1, 2].map((index) => machine.number("loadAverage", index));
  if (platform === "win32" || one === undefined || five === undefined || fifteen === undefined) return undefined;
  return [one, five, fifteen];
}

function systemName(platform: string): string {
  return { darwin: "macOS", win32: "Windows", linux: "Linux", freebsd: "FreeBSD" }[platform] ?? platform;
}
