import type { Host } from "@berth/host";
import type { HealthResult, HealthSelection } from "@berth/kernel/health";
import { masked } from "../server/masked.ts";
import { type HttpRoute, JSON_TYPE, type RouteAnswer, type RouteRequest, TEXT } from "./http-route.ts";

/** What these routes read. */
export type HealthSource = Pick<Host, "health" | "masker">;

/** Names and tags that one request may give. */
const MOST_NAMES = 100;

/** `/livez`, `/readyz` and `/health`, by what the host knows already. */
export function healthRoutes(host: HealthSource): HttpRoute[] {
  const health = async (request: RouteRequest): Promise<RouteAnswer> => healthAnswer(host, request);
  return [
    // That it can answer is all there is to it: whoever restarts what is not alive must not do so for a plugin.
    { path: "/livez", handle: async ({ query }) => plain(true, ["process"], [], query) },
    { path: "/readyz", handle: async (request) => readyAnswer(host, request) },
    { path: "/health", handle: health },
    { path: "/healthz", handle: health },
  ];
}

function readyAnswer(host: HealthSource, { query }: RouteRequest): RouteAnswer {
  const { isReady, notReady, results } = masked(host.masker, host.health.snapshot(selectionOf(query)));
  const names = results.filter(({ isRequired, health }) => isRequired && health !== "unhealthy");
  return plain(isReady, isReady ? ["host", ...names.map(({ name }) => name)] : [], notReady, query);
}

/** As Kubernetes' own servers answer their probes. */
function plain(isGood: boolean, good: readonly string[], bad: readonly string[], query: URLSearchParams): RouteAnswer {
  const lines = [...good.map((name) => `[+] ${name}: ok`), ...bad.map((why) => `[-] ${why}`)];
  const body = isGood && !query.has("verbose") ? "ok\n" : `${[...lines, isGood ? "ok" : "not ready"].join("\n")}\n`;
  return { status: isGood ? 200 : 503, type: TEXT, body };
}

function healthAnswer(host: HealthSource, { query, accept }: RouteRequest): RouteAnswer {
  const { health, phase, isReady, notReady, results } = masked(host.masker, host.health.snapshot(selectionOf(query)));
  const status = health === "unhealthy" ? 503 : 200;
  if (accept?.startsWith("text/plain")) return { status, type: TEXT, body: `${health}\n` };
  const isVerbose = query.has("verbose");
  const body = {
    version: 1,
    health,
    phase,
    ready: isReady,
    notReady,
    checks: results.map((result) => checkView(result, isVerbose)),
  };
  return { status, type: JSON_TYPE, body: `${JSON.stringify(body, undefined, isVerbose ? 2 : 0)}\n` };
}

function checkView(result: HealthResult, isVerbose: boolean): object {
  const { name, health, message, isRequired, since, checkedAt, tags, details } = result;
  const brief = { name, health, ...(message === undefined ? {} : { message }), required: isRequired };
  if (!isVerbose) return brief;
  return {
    ...brief,
    tags,
    since: new Date(since).toISOString(),
    ...(checkedAt === undefined ? {} : { checkedAt: new Date(checkedAt).toISOString() }),
    ...(details === undefined ? {} : { details }),
  };
}

function selectionOf(query: URLSearchParams): HealthSelection {
  const all = (key: string): string[] =>
    query
      .getAll(key)
      .flatMap((value) => value.split(","))
      .filter((value) => value !== "")
      .slice(0, MOST_NAMES);
  return { tags: all("tag"), exclude: all("exclude") };
}
