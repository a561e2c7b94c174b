import { neutralise } from "@berth/base";
import { HostError } from "@berth/contract";
import { type ControlClient, findHost, type FoundHost, type SwitchView } from "@berth/control";
import { dependentsOf } from "@berth/host";
import { inUse, openSwitchDesk } from "@berth/host/switches";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { orderedBy, RELOAD_LIMIT_MS } from "./live.ts";
import { findPlugin, openPlugins, type PluginsFlags, type PluginsSession } from "./session.ts";

/** Options of `berth plugins disable`. */
export interface DisableFlags extends PluginsFlags {
  withDependents?: boolean;
}

/** `berth plugins enable NAME`. */
export function enablePlugin(context: CommandContext, name: string, flags: PluginsFlags): Promise<number> {
  return switchPlugin(context, name, { isOn: true }, flags);
}

/** `berth plugins disable NAME`. */
export function disablePlugin(context: CommandContext, name: string, flags: DisableFlags): Promise<number> {
  return switchPlugin(context, name, { isOn: false, withDependents: flags.withDependents === true }, flags);
}

interface Order {
  isOn: boolean;
  withDependents?: boolean;
}

async function switchPlugin(context: CommandContext, name: string, order: Order, flags: PluginsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  const { project } = session;
  using found = await findHost({ dataFolder: project.dataFolder, clock: context.clock });
  await assertThere(session, found, name);
  if (project.config.plugins[name]?.enabled === false) throw saidInConfig(name, order.isOn);
  const report = found
    ? await switchInHost(context, found.client, name, order)
    : await switchOnDisk(context, session, name, order);
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, ...report, running: found !== undefined })}\n`);
  else {
    context.out.write(`${sentence(report, found !== undefined)}\n`);
    for (const { message } of report.problems) context.err.write(`  ${neutralise(message)}\n`);
  }
  return report.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

/** One that runs can be stopped though its folder is gone. @throws HostError that names the nearest. */
async function assertThere(session: PluginsSession, found: FoundHost | undefined, name: string): Promise<void> {
  const running = found ? (await found.client.ask("plugins.list", {})).plugins : [];
  if (!running.some((one) => one.name === name)) findPlugin(session, name);
}

function switchInHost(
  context: CommandContext,
  client: ControlClient,
  plugin: string,
  { isOn, withDependents = false }: Order,
): Promise<SwitchView> {
  const order = { ...orderedBy(context), plugin };
  const options = { limitMs: RELOAD_LIMIT_MS };
  if (isOn) return client.ask("plugins.enable", order, options);
  return client.ask("plugins.disable", { ...order, withDependents }, options);
}

/** What the next host finds. */
async function switchOnDisk(
  context: CommandContext,
  { project, storage, survey }: PluginsSession,
  name: string,
  { isOn, withDependents = false }: Order,
): Promise<SwitchView> {
  const { by } = orderedBy(context);
  const enabled = survey.plugins.filter(({ isEnabled }) => isEnabled).map(({ plugin }) => plugin);
  const dependents = isOn ? [] : dependentsOf(name, enabled);
  if (dependents.length > 0 && !withDependents) throw inUse(name, dependents);
  // Whoever closes last tidies up, which a connection for reading cannot.
  storage[Symbol.dispose]();
  await using own = openSwitchDesk({ dataFolder: project.dataFolder, clock: context.clock });
  let changed = false;
  for (const one of [...dependents, name]) {
    const hasChanged = isOn ? await own.desk.switchOn(one, by) : await own.desk.switchOff(one, by);
    changed ||= hasChanged;
  }
  return { plugin: name, enabled: isOn, changed, dependents, problems: [] };
}

function sentence({ plugin, enabled, changed, dependents }: SwitchView, isRunning: boolean): string {
  const word = enabled ? "enabled" : "disabled";
  if (!changed) return `${plugin} was ${word} already.`;
  const others = dependents.length === 0 ? "" : `, and before it ${dependents.join(", ")}, which cannot do without it`;
  const now = enabled ? "it is used again from now on" : "it has stopped";
  const when = isRunning ? now : "no host runs here; the next one heeds it";
  return `${enabled ? "Enabled" : "Disabled"} ${plugin}${others}: ${when}.`;
}

function saidInConfig(name: string, isOn: boolean): HostError {
  const what = isOn ? "it says enabled: false" : "it says enabled: false already";
  return new HostError(
    "CONFIG_INVALID",
    `Cannot ${isOn ? "enable" : "disable"} "${name}" by command: berth.yaml decides that under plugins.${name}, and ${what}; change it there`,
  );
}
