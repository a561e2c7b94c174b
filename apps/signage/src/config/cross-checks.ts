import { resolve } from "node:path";
import { type JsonValue, nearest } from "@berth/base";
import type { ConfigIssue, Problem } from "@berth/contract";
import { type ConfigDocument, placeSectionIssues } from "@berth/kernel/config";

/** What the rest of the program knows and a schema cannot. What is left out is not checked. */
export interface Knowledge {
  /** Every source type that a plugin provides. */
  knownTypes?: Iterable<string> | undefined;
  /** Every layout that a plugin provides. */
  knownLayouts?: Iterable<string> | undefined;
  /** What is wrong with a cron expression of five parts, in one sentence. */
  validateCron?: ((expression: string) => string | undefined) | undefined;
}

type Fields = { [key: string]: JsonValue | undefined };

interface Entry {
  index: number;
  fields: Fields;
  /** A switched-off source need not be complete: its type may be of a plugin that is not there. */
  isEnabled: boolean;
}

/**
 * Problems that no single field shows: ids twice, types and layouts nobody provides, schedules that are no cron, backgrounds
 * without their key, pictures of two sizes in one folder. Looks at the raw values, so that all of this is told together with
 * whatever the schema finds; a field that is not even of the right type is left to the schema.
 */
export async function crossCheck(document: ConfigDocument, knowledge: Knowledge, cwd: string): Promise<Problem[]> {
  const top = fieldsOf(document.value);
  const entries = entriesOf(top["sources"]);
  const issues = [
    ...(await checkIds(document, entries)),
    ...entries.flatMap((entry) => checkEntry(entry, top, knowledge)),
    ...checkFolders(fieldsOf(top["output"]), cwd),
    ...checkNames(fieldsOf(top["output"])),
  ];
  return placeSectionIssues(document, [], issues);
}

/** Each id that is given more than once, at its second use, with the lines of all. */
async function checkIds(document: ConfigDocument, entries: readonly Entry[]): Promise<ConfigIssue[]> {
  const uses = Map.groupBy(entries, ({ fields }) => (typeof fields["id"] === "string" ? fields["id"] : undefined));
  const repeated = [...uses].filter(([id, users]) => id !== undefined && users.length > 1);
  const duplicates = repeated.map(([id]) => id).join(", ");
  return Promise.all(
    repeated.map(async ([id, users]) => {
      const places = await Promise.all(users.map(({ index }) => document.locate(["sources", index, "id"])));
      const lines = places.map(({ line }) => line).join(", ");
      const message = `ids must be unique; "${id}" stands in lines ${lines} (duplicates: ${duplicates})`;
      return { path: ["sources", users[1]!.index, "id"], message };
    }),
  );
}

function checkEntry(entry: Entry, top: Fields, knowledge: Knowledge): ConfigIssue[] {
  const { fields, isEnabled } = entry;
  const path = ["sources", entry.index];
  const findings = checkSchedule(fields["schedule"], [...path, "schedule"], knowledge);
  if (!isEnabled) return findings;
  const { layout, background } = fieldsOf(fields["rendering"]);
  return [
    ...findings,
    ...checkKnown("type", fields["type"], [...path, "type"], knowledge.knownTypes),
    ...checkKnown("layout", layout, [...path, "rendering", "layout"], withDefault(knowledge.knownLayouts)),
    ...checkKey(background, [...path, "rendering", "background"], top),
  ];
}

function checkSchedule(
  schedule: JsonValue | undefined,
  path: (string | number)[],
  { validateCron }: Knowledge,
): ConfigIssue[] {
  // Another number of parts is told by the schema.
  if (typeof schedule !== "string" || schedule.trim().split(/\s+/).length !== 5) return [];
  const complaint = validateCron?.(schedule);
  if (complaint === undefined) return [];
  return [{ path, message: `not a cron expression (min, hour, day, month, dow): ${complaint}, found "${schedule}"` }];
}

const withDefault = (layouts: Iterable<string> | undefined): string[] | undefined => layouts && ["default", ...layouts];

function checkKnown(
  what: "type" | "layout",
  name: JsonValue | undefined,
  path: (string | number)[],
  known: Iterable<string> | undefined,
): ConfigIssue[] {
  if (known === undefined || typeof name !== "string" || name === "") return [];
  const names = [...new Set(known)].sort();
  if (names.includes(name)) return [];
  const near = nearest(name, names);
  const guess = near === undefined ? ";" : `; did you mean "${near}"?`;
  const list = names.length === 0 ? `no plugin provides a ${what}` : `known: ${names.join(", ")}`;
  return [{ path, message: `unknown ${what} ${JSON.stringify(name)}${guess} ${list}` }];
}

function checkKey(background: JsonValue | undefined, path: (string | number)[], top: Fields): ConfigIssue[] {
  if (background !== "unsplash" && background !== "pexels") return [];
  const field = `${background}_key`;
  if (typeof top[field] === "string" && top[field] !== "") return [];
  const example = `${field}: \${${background.toUpperCase()}_API_KEY}`;
  return [
    { path, message: `${background} needs a key: add \`${example}\` at the top level, or use local or gradient` },
  ];
}

/** A profile in the folder of another size would overwrite its pictures: they have the same names. */
function checkFolders(output: Fields, cwd: string): ConfigIssue[] {
  const main = typeof output["dir"] === "string" ? output["dir"] : "output";
  const taken = new Map([[resolve(cwd, main), "output.dir"]]);
  return profilesOf(output).flatMap(({ name, dir }, index) => {
    if (typeof dir !== "string" && typeof name !== "string") return [];
    const folder = resolve(cwd, typeof dir === "string" ? dir : `${main}/${name as string}`);
    const owner = taken.get(folder);
    taken.set(folder, owner ?? `output.profiles[${index}]`);
    const path = ["output", "profiles", index, ...(dir === undefined ? ["name"] : ["dir"])];
    return owner === undefined
      ? []
      : [{ path, message: `its folder is that of ${owner}; pictures would overwrite each other` }];
  });
}

function checkNames(output: Fields): ConfigIssue[] {
  const names = profilesOf(output).map(({ name }) => name);
  return names.flatMap((name, index) =>
    typeof name === "string" && names.indexOf(name) < index
      ? [
          {
            path: ["output", "profiles", index, "name"],
            message: `names of profiles must be unique, found ${JSON.stringify(name)} again`,
          },
        ]
      : [],
  );
}

const profilesOf = (output: Fields): Fields[] => {
  const { profiles } = output;
  return Array.isArray(profiles) ? profiles.map(fieldsOf) : [];
};

function entriesOf(sources: JsonValue | undefined): Entry[] {
  if (!Array.isArray(sources)) return [];
  return sources.map((source, index) => ({ index, fields: fieldsOf(source), isEnabled: isEnabled(source) }));
}

/** Whether an entry of `sources` runs, as far as that can be told before it is checked; from a variable comes text. */
export function isEnabled(source: JsonValue | undefined): boolean {
  const { enabled } = fieldsOf(source);
  return enabled !== false && enabled !== "false";
}

const fieldsOf = (value: JsonValue | undefined): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
