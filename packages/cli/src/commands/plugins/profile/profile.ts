import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { InspectionView } from "@berth/control";
import type { CommandContext } from "../../../command-context.ts";
import { EXIT } from "../../../exit-codes.ts";
import { readHostProject } from "../../../host-project.ts";
import { runStoppable } from "../../../stop-signals.ts";
import { orderedBy, reachHost } from "../live.ts";
import type { PluginsFlags } from "../session.ts";
import { type CpuProfile, readCpuProfile } from "./cpu-profile.ts";
import { flamePage } from "./flame-page.ts";
import { type FlameTree, flameTree } from "./flame-tree.ts";
import { outputPath, writeNewFile } from "./output-files.ts";
import { topFrames } from "./top-frames.ts";

/** Options of `berth plugins profile`. */
export interface ProfileFlags extends PluginsFlags {
  seconds?: string;
  output?: string;
}

const SHORTEST_S = 0.1;
const LONGEST_S = 300;
const DEFAULT_S = 10;

/** Five minutes of samples are a hundredth of that. */
const MOST_BYTES = 256 * 2 ** 20;

/** What the host may take for it beside the seconds that were asked: to load a plugin that nobody used, and to send what it found. */
const BESIDE_MS = 120_000;

const ENDING = ".cpuprofile";
const MOST_TOLD = 10;

/** `berth plugins profile NAME --seconds N`: a `.cpuprofile`, and a page that shows it. */
export async function profilePlugin(context: CommandContext, name: string, flags: ProfileFlags): Promise<number> {
  const seconds = secondsOf(flags.seconds);
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, `profile ${name}`, stop);
    const path = outputPath(context, name, ENDING, flags.output);
    const pagePath = `${path.slice(0, -ENDING.length)}.html`;
    if (!flags.json) context.err.write(`Looking for ${seconds} s at where ${neutraliseLine(name)} spends its time…\n`);
    return await writeNewFile(path, 0o600, (file) =>
      writeNewFile(pagePath, 0o600, async (page) => {
        const chunks: Uint8Array[] = [];
        const order = { ...orderedBy(context), plugin: name, kind: "cpu", seconds, maxBytes: MOST_BYTES } as const;
        const take = async (bytes: Uint8Array): Promise<void> => void chunks.push(bytes);
        const at = context.clock.now();
        const limitMs = seconds * 1_000 + BESIDE_MS;
        const report = await found.client.inspect(order, take, { signal: stop, limitMs });
        const profile = readCpuProfile(Buffer.concat(chunks).toString(), report.guest);
        const tree = flameTree(profile);
        await file.writeFile(JSON.stringify(profile));
        await page.writeFile(flamePage(tree, { ...report, at, seconds }));
        tell(context, flags, { report, profile, tree, path, pagePath });
        return EXIT.ok;
      }),
    );
  });
}

/** What came of it. */
interface Taken {
  report: InspectionView;
  profile: CpuProfile;
  tree: FlameTree;
  path: string;
  pagePath: string;
}

function tell(context: CommandContext, flags: ProfileFlags, { report, tree, path, pagePath }: Taken): void {
  const { plugin, version, tier, generation } = report;
  const { activeUs, idleUs, samples } = tree;
  const top = topFrames(tree, MOST_TOLD);
  if (flags.json) {
    const document = { version: 1, plugin, pluginVersion: version, tier, generation, activeMs: activeUs / 1_000 };
    const told = top.map(({ name, place, kind, selfUs, share }) => ({
      name,
      place,
      kind,
      selfMs: selfUs / 1_000,
      share,
    }));
    const files = { profile: path, page: pagePath };
    context.out.write(`${JSON.stringify({ ...document, idleMs: idleUs / 1_000, samples, top: told, files })}\n`);
    return;
  }
  const lines = [
    `${neutraliseLine(plugin)} ${neutraliseLine(version)} in tier ${neutraliseLine(tier)}: ${Math.round(activeUs / 1_000)} ms at work, ${Math.round(idleUs / 1_000)} ms waiting.`,
    ...top.map(({ name, place, share }) => `  ${`${(share * 100).toFixed(1)} %`.padStart(7)}  ${name}  ${place}`),
    `Written: ${path}`,
    `         ${pagePath}`,
  ];
  context.out.write(`${lines.join("\n")}\n`);
}

function secondsOf(given: string | undefined): number {
  if (given === undefined) return DEFAULT_S;
  const seconds = Number(given);
  if (given.trim() !== "" && seconds >= SHORTEST_S && seconds <= LONGEST_S) return seconds;
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot profile for "${neutraliseLine(given, 50)}" seconds: use a number from ${SHORTEST_S} to ${LONGEST_S}`,
  );
}
