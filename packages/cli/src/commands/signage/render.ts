import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";
import { drawOnce, type LoadedSources, type SourceConfig } from "@berth/signage";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { openSession, type SignageFlags } from "./session.ts";

/** Options of `berth signage render`. */
export interface RenderFlags extends SignageFlags {
  content?: string;
  layout?: string;
  size?: string;
  output?: string;
}

const LARGEST_CONTENT_BYTES = 10 * 1024 * 1024;

/** `berth signage render`: a picture without a fetch, to try layouts and sizes. */
export async function renderSignage(
  context: CommandContext,
  id: string | undefined,
  flags: RenderFlags,
): Promise<number> {
  if ((id === undefined) === (flags.content === undefined)) {
    throw new HostError(
      "CONFIG_INVALID",
      "Say what to draw: the id of a source that has run before, or --content FILE",
    );
  }
  await using session = await openSession(context, flags, { isForLooking: id === undefined });
  const { host, loaded } = session;
  const source = id === undefined ? undefined : sourceOf(loaded, id);
  const name = id ?? basename(flags.content!).replace(/\.json$/, "");
  const png = await drawOnce({
    host,
    loaded,
    workingFolder: context.cwd,
    ...(source ? { source } : { content: await readContent(resolve(context.cwd, flags.content!)) }),
    ...(flags.layout === undefined ? {} : { layout: flags.layout }),
    ...(flags.size === undefined ? {} : { size: parseSize(flags.size) }),
    signal: new AbortController().signal,
  });
  const path = resolve(context.cwd, flags.output ?? `${name}.png`);
  await writeFileAtomically(path, png);
  context.out.write(flags.json ? `${JSON.stringify({ version: 1, picture: path })}\n` : `${path}\n`);
  return EXIT.ok;
}

function sourceOf({ config }: LoadedSources, id: string): SourceConfig {
  const source = config.sources.find((one) => one.id === id);
  if (source) return source;
  throw new HostError(
    "CONFIG_INVALID",
    `No source has the id "${id}"; there are: ${config.sources.map((one) => one.id).join(", ")}`,
  );
}

async function readContent(path: string): Promise<unknown> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new HostError("CONFIG_NOT_FOUND", `Cannot read content from ${path}`, { cause });
  });
  if (bytes.length > LARGEST_CONTENT_BYTES) {
    throw new HostError("CONFIG_INVALID", `Cannot use ${path}: it is larger than ${LARGEST_CONTENT_BYTES} bytes`);
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new HostError("CONFIG_INVALID", `Cannot use ${path}: it is no JSON`, { cause });
  }
}

function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d{2,5})x(\d{2,5})$/.exec(text);
  if (!match) throw new HostError("CONFIG_INVALID", `Unknown size "${text}"; write it as 1920x1080`);
  return { width: Number(match[1]), height: Number(match[2]) };
}
