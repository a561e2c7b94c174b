import { mkdtempDisposable, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { JsonObject, JsonValue } from "@berth/base";
import { HostError } from "@berth/contract";
import { createHost, type Host } from "@berth/host";
import { migrateSettings } from "@berth/host/config";
import { configError, expandDocument, type PluginShape, readDocument } from "@berth/kernel/config";
import {
  checkHostDocument,
  editYamlSettings,
  maskedDifferences,
  type MaskedDifference,
  TOML_TEMPLATE,
  versionOf,
} from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import { noSuchPlugin } from "../plugins/session.ts";
import type { MigrateFlags } from "./migrate.ts";
import { type ConfigSession, openConfig } from "./session.ts";

/** What becomes of one plugin's settings. */
export interface Migration {
  plugin: string;
  from: number;
  to: number;
  /** Value by value, masked. */
  changes: readonly MaskedDifference[];
  /** What the operator has to see to. */
  notes: readonly string[];
}

/** What a migration of a file would do. */
export interface Migrations {
  file: string;
  /** Of the file, as it would be. */
  text: string;
  migrations: readonly Migration[];
}

/**
 * Runs the migrations that a file needs and checks what they give. Nothing is written.
 *
 * @throws HostError `MIGRATION_FAILED`, or `CONFIG_INVALID` for what they gave that the plugin would not take.
 */
export async function openMigrations(
  context: CommandContext,
  name: string | undefined,
  flags: MigrateFlags,
): Promise<Migrations> {
  // References stay as they are written: what they stand for must not get into the file.
  const session = await openConfig(context, { ...flags, environment: "" });
  const { file, shapes, isThere } = session;
  if (flags.environment) throw overlaysByHand(file);
  const wanted = await wantedMigrations(context, session, name, versionGiven(flags.to));
  if (!isThere || wanted.length === 0) return { file, text: "", migrations: [] };
  const { value, problems } = await checkHostDocument(session.document, shapes);
  if (value === undefined) throw configError(file, problems);
  let text = await readFile(resolve(context.cwd, file), "utf8");
  await using scratch = await mkdtempDisposable(join(tmpdir(), "berth-"));
  await using host = await createHost({
    roots: session.roots,
    config: value.config,
    workingFolder: context.cwd,
    dataFolder: scratch.path,
    env: context.env,
    clock: context.clock,
  });
  const migrations: Migration[] = [];
  for (const { shape, settings, from, to } of wanted) {
    const made = await migrated(host, { shape, settings, from, to });
    const edited = file.endsWith(".toml")
      ? undefined
      : editYamlSettings(text, { plugin: shape.name, settings: made, version: to });
    if (edited === undefined) throw cannotEdit(file, shape.name, made, to);
    text = edited;
    const changes = maskedDifferences(settings, made, shape, ["plugins", shape.name, "settings"]);
    migrations.push({ plugin: shape.name, from, to, changes, notes: await overlayNotes(context, file, shape.name) });
  }
  await assertTaken(context, session, text);
  return { file, text, migrations };
}

/** Overlays hold a part of the settings, which no migration could make sense of. */
async function overlayNotes({ cwd, env }: CommandContext, file: string, plugin: string): Promise<string[]> {
  const extension = extname(file);
  const stem = `${basename(file, extension)}.`;
  const names = (await readdir(dirname(resolve(cwd, file)))).filter(
    (name) => name.startsWith(stem) && name.endsWith(extension) && name !== basename(file),
  );
  const notes: string[] = [];
  for (const name of names) {
    const overlay = join(dirname(file), name);
    const { value } = await readDocument(overlay, { cwd, env, environment: "" });
    if (tableOf(tableOf(tableOf(value)["plugins"])[plugin])["settings"] === undefined) continue;
    notes.push(`${overlay} sets some of them too: change it by hand`);
  }
  return notes;
}

interface Wanted {
  shape: PluginShape;
  settings: JsonObject;
  from: number;
  to: number;
}

async function wantedMigrations(
  { cwd, env }: CommandContext,
  { file, shapes, isThere }: ConfigSession,
  name: string | undefined,
  to: number | undefined,
): Promise<Wanted[]> {
  if (name !== undefined && !shapes.some((shape) => shape.name === name)) {
    throw noSuchPlugin(name, shapes.map((shape) => shape.name)); // prettier-ignore
  }
  if (!isThere) return [];
  const raw = await readDocument(file, { cwd, env, environment: "" });
  const entries = tableOf(tableOf(raw.value)["plugins"]);
  return shapes.flatMap((shape): Wanted[] => {
    const entry = Object.hasOwn(entries, shape.name) ? tableOf(entries[shape.name]) : {};
    const settings = entry["settings"];
    const [from, target] = [versionOf(entry), name === undefined ? shape.version : (to ?? shape.version)];
    const isWanted = (name === undefined || name === shape.name) && isTable(settings) && from !== target;
    return isWanted ? [{ shape, settings, from, to: target }] : [];
  });
}

function migrated(host: Host, { shape, settings, from, to }: Wanted): Promise<JsonObject> {
  const plugin = host.plugins.get(shape.name);
  return migrateSettings({ plugin, settings, from, to, clock: host.clock }, new AbortController().signal);
}

/** The file as it would be must pass every check that the host makes of it. */
async function assertTaken({ env }: CommandContext, { file, shapes }: ConfigSession, text: string): Promise<void> {
  const document = await expandDocument(await readDocument({ file, text }), { env });
  const { problems } = await checkHostDocument(document, shapes);
  if (problems.length === 0) return;
  const { message } = configError(file, problems);
  throw new HostError(
    "MIGRATION_FAILED",
    `Cannot migrate: what the plugins made of their settings is refused:\n${message}`,
  );
}

function versionGiven(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const version = Number(text);
  if (Number.isSafeInteger(version) && version >= 1) return version;
  throw new HostError("CONFIG_INVALID", `Cannot migrate to version "${text}": versions are whole numbers from 1`);
}

const overlaysByHand = (file: string): HostError =>
  new HostError(
    "CONFIG_INVALID",
    `Cannot migrate an overlay: it holds a part of the settings. Migrate ${file}, then edit the overlay by hand`,
  );

function cannotEdit(file: string, plugin: string, settings: JsonObject, version: number): HostError {
  const isToml = file.endsWith(".toml");
  const lines = isToml
    ? [
        ...TOML_TEMPLATE.heading(["plugins", plugin]),
        ...TOML_TEMPLATE.pair("settings_version", version),
        ...TOML_TEMPLATE.heading(["plugins", plugin, "settings"]),
        ...Object.entries(settings).flatMap(([key, value]) => TOML_TEMPLATE.pair(key, value)),
      ]
    : [`settings_version: ${version}`, `settings: ${JSON.stringify(settings)}`];
  const why = isToml
    ? "TOML cannot be changed without losing its comments"
    : "it is written in a way that cannot be kept";
  return new HostError(
    "MIGRATION_FAILED",
    `Cannot write ${file}: ${why}; nothing was changed. Put this into it:\n${lines.join("\n")}`,
  );
}

const isTable = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const tableOf = (value: JsonValue | undefined): JsonObject => (isTable(value) ? value : {});
