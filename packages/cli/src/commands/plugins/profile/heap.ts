import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { CommandContext } from "../../../command-context.ts";
import { EXIT } from "../../../exit-codes.ts";
import { readHostProject } from "../../../host-project.ts";
import { runStoppable } from "../../../stop-signals.ts";
import { orderedBy, reachHost } from "../live.ts";
import type { PluginsFlags } from "../session.ts";
import { outputPath, writeNewFile } from "./output-files.ts";

/** Options of `berth plugins heap`. */
export interface HeapFlags extends PluginsFlags {
  output?: string;
  maxMb?: string;
}

const DEFAULT_MB = 512;
const MOST_MB = 4_096;

/** To describe a heap of gigabytes, and to write that down. */
const LIMIT_MS = 10 * 60_000;

/** Nobody else may read it: it has all that the plugin knows, secrets too. */
const MODE = 0o600;

/** `berth plugins heap NAME`: what a plugin's memory holds, as a `.heapsnapshot`. */
export async function snapshotHeap(context: CommandContext, name: string, flags: HeapFlags): Promise<number> {
  const maxBytes = megabytesOf(flags.maxMb) * 2 ** 20;
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, `take the heap of ${name}`, stop);
    const path = outputPath(context, name, ".heapsnapshot", flags.output);
    return await writeNewFile(path, MODE, async (file) => {
      if (!flags.json)
        context.err.write(`Writing down what ${neutraliseLine(name)} holds; it stands still meanwhile…\n`);
      const order = { ...orderedBy(context), plugin: name, kind: "heap", maxBytes } as const;
      const take = async (bytes: Uint8Array): Promise<void> => file.appendFile(bytes);
      const report = await found.client.inspect(order, take, { signal: stop, limitMs: LIMIT_MS });
      const { plugin, version, tier, generation, bytes } = report;
      if (flags.json) {
        const document = { version: 1, plugin, pluginVersion: version, tier, generation, bytes, files: { heap: path } };
        context.out.write(`${JSON.stringify(document)}\n`);
      } else {
        const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
        context.out.write(
          `Written: ${path}, ${size}. It holds all that ${neutraliseLine(plugin)} knows, secrets too.\n`,
        );
      }
      return EXIT.ok;
    });
  });
}

function megabytesOf(given: string | undefined): number {
  if (given === undefined) return DEFAULT_MB;
  const megabytes = Number(given);
  if (Number.isInteger(megabytes) && megabytes >= 1 && megabytes <= MOST_MB) return megabytes;
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot take at most "${neutraliseLine(given, 50)}" MiB: use a whole number from 1 to ${MOST_MB}`,
  );
}
