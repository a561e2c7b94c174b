import { setImmediate } from "node:timers/promises";
import { neutraliseLine } from "@berth/base";
import type { HostError } from "@berth/contract";
import type { Host } from "@berth/host";
import type { CommandContext, StopSignal } from "../../command-context.ts";
import { claimDataFolder, makeHostHttp, openHostControl } from "../../control-host.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { openProjectHost } from "../../project-host.ts";
import { runStoppable, type StopSignals } from "../../stop-signals.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { VERSION } from "../../version.ts";
import { eventJson, eventLine, type HostEvent } from "./event-line.ts";

/** Options of `berth run`. */
export interface RunHostFlags {
  config?: string;
  watch?: boolean;
  json?: boolean;
  logLevel?: string;
  color?: boolean;
  safe?: boolean;
}

/** `berth run`: a host until it is told to stop. */
export function runHost(context: CommandContext, flags: RunHostFlags): Promise<number> {
  const onFirst = (signal: StopSignal): void => {
    if (signal !== "SIGPIPE") context.err.write("Stopping: letting calls finish. Once more to stop at once.\n");
  };
  return runStoppable(
    context,
    async (signals) => {
      await runUntilStopped(context, terminalFor(context, flags), signals, flags);
      return EXIT.ok;
    },
    onFirst,
  );
}

async function runUntilStopped(
  context: CommandContext,
  terminal: Terminal,
  { stop, hurry }: Pick<StopSignals, "stop" | "hurry">,
  flags: RunHostFlags,
): Promise<void> {
  const project = await readHostProject(context, flags.config);
  await using opened = new AsyncDisposableStack();
  // Before there is a host: of two on one data folder the second does nothing at all.
  const claim = opened.use(await claimDataFolder(project.dataFolder));
  const http = opened.use(await makeHostHttp());
  const host = await openProjectHost(
    context,
    { ...flags, hostConfig: flags.config },
    {
      project,
      signal: stop,
      hurry,
      quietLevel: "info",
      keepsVersions: true,
      watch: flags.watch !== false,
    },
  );
  const reporting = reportEvents(host, terminal, flags);
  opened.defer(async () => {
    // The last events are of the host's own end, and come a turn later.
    await setImmediate();
    reporting[Symbol.dispose]();
  });
  opened.use(host);
  await http.open(host, stop);
  opened.use(await openHostControl(host, context, claim));
  const failures = await host.start(stop);
  sayReady(context, terminal, host, failures, { ...flags, http: http.address });
  const { lost } = host.supervision;
  await stopped(AbortSignal.any([stop, lost]));
  if (!stop.aborted) lost.throwIfAborted();
}

function reportEvents(host: Host, terminal: Terminal, { json }: RunHostFlags): Disposable {
  return host.events.subscribe({ owner: "host", pattern: ">" }, ({ subject, from, data, dropped: lost = 0 }) => {
    if (from !== "host") return;
    const event: HostEvent = { at: host.clock.now(), subject, from, data, lost };
    const line = json ? eventJson(event) : eventLine(terminal, event);
    terminal.out.write(`${host.masker.mask(line)}\n`);
  });
}

function sayReady(
  { err }: CommandContext,
  terminal: Terminal,
  { plugins: { plugins }, supervision, masker, dataFolder, clock }: Host,
  failures: readonly HostError[],
  { json, http }: RunHostFlags & { http: string | undefined },
): void {
  const active = plugins.filter(({ state }) => state === "active").length;
  if (json) {
    const address = http === undefined ? {} : { http: `http://${http}` };
    const failed = failures.map(({ code, message }) => ({ code, message }));
    const ready = { version: 1, event: "ready", at: clock.now(), pid: process.pid, dataFolder, ...address };
    const counted = { plugins: plugins.length, active, failed, ...supervision.report() };
    terminal.out.write(`${masker.mask(JSON.stringify({ ...ready, ...counted }))}\n`);
    return;
  }
  const failed = failures.length === 0 ? "" : `, ${failures.length} could not start`;
  err.write(
    `Berth ${VERSION} runs: ${plugins.length} plugins, ${active} active${failed}; the others start when they are used.\n` +
      "`berth plugins list` shows them from another terminal. Ctrl-C stops it.\n",
  );
  for (const line of reportLines(supervision.report())) err.write(`${masker.mask(line)}\n`);
}

/** What does not run, and what to do about each. */
function reportLines({ broken, leftOut }: ReturnType<Host["supervision"]["report"]>): string[] {
  const lines = broken.flatMap(({ reason, fix }) => [
    `  broken: ${neutraliseLine(reason)}`,
    `    ${neutraliseLine(fix)}`,
  ]);
  return leftOut.length === 0
    ? lines
    : [...lines, `Safe mode left out ${leftOut.map((name) => neutraliseLine(name)).join(", ")}.`];
}

function stopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
}
