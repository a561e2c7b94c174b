import { type Clock, neutraliseLine } from "@berth/base";
import { HostError, type OutputPage } from "@berth/contract";
import { openHttpListener, type RouteAnswer, TEXT } from "@berth/control/http";
import { parseListenAddress } from "@berth/kernel/config";
import type { PluginOutput } from "./plugin-output.ts";

/** Of a page's type: what else stands there is no type. */
const CONTENT_TYPE = /^[\w.+-]{1,60}\/[\w.+-]{1,60}(?:; ?[\w-]{1,40}=[\w.+-]{1,60}){0,4}$/;

/** What {@link openPages} needs. */
export interface PagesOptions {
  output: PluginOutput;
  name: string;
  /** What the setting `listen` says. */
  listen: unknown;
  clock: Clock;
  warn: (sentence: string) => void;
}

/** Shows what an output has to show at the address it names. @throws HostError when it names none, or that is taken. */
export async function openPages({ output, name, listen, clock, warn }: PagesOptions): Promise<AsyncDisposable> {
  const address = typeof listen === "string" ? parseListenAddress(listen) : undefined;
  if (!address) {
    throw new HostError(
      "CONFIG_INVALID",
      `Cannot open output ${name}: listen must be PORT, ADDRESS:PORT or [IPV6]:PORT, such as 127.0.0.1:9090`,
    );
  }
  return openHttpListener({
    listen: address,
    setting: `[plugins.${name}] listen`,
    routes: [],
    otherwise: async ({ path, signal }) => answerOf(await output.respond(path, signal)),
    clock,
    log: { debug: () => undefined, warn },
  });
}

/** What comes from a plugin is no answer before it was looked at. */
function answerOf(page: OutputPage | undefined | null): RouteAnswer | undefined {
  if (page === undefined || page === null) return undefined;
  const { status, contentType, body } = page as { [Key in keyof OutputPage]: unknown };
  if (
    typeof status !== "number" ||
    !Number.isInteger(status) ||
    status < 200 ||
    status > 599 ||
    typeof body !== "string"
  ) {
    throw new HostError("CONTRACT_BROKEN", "a page is a status from 200 to 599 and a text");
  }
  const type = typeof contentType === "string" && CONTENT_TYPE.test(contentType) ? contentType : TEXT;
  return { status, type: neutraliseLine(type), body };
}
