import {
  CONTRIBUTION_KINDS,
  type ContributionKind,
  HostError,
  isCallerPermission,
  type PluginIdentity,
} from "@berth/contract";
import {
  type ContributionDefinition,
  isPluginDefinition,
  type PluginDefinition,
  type SettingsMigration,
} from "../define-plugin.ts";

/** A contribution that was found to be what it says. */
export interface CheckedContribution {
  kind: ContributionKind;
  definition: ContributionDefinition;
}

const HOOKS = ["initialize", "start", "stop", "cleanup", "health"] as const;

/**
 * Holds the loaded module against the contract and the manifest, since types are gone at run time and a plugin may be written
 * without them. Everything wrong is reported at once.
 */
export function checkContract(
  module: unknown,
  identity: PluginIdentity,
): { definition: PluginDefinition; contributions: Map<string, CheckedContribution> } {
  const definition = (module as { default?: unknown } | undefined)?.default;
  if (!isPluginDefinition(definition)) {
    throw broken(identity, ["its module must `export default definePlugin({ … })`"]);
  }
  const problems: string[] = [];
  for (const hook of HOOKS) {
    const value: unknown = definition[hook];
    if (value !== undefined && typeof value !== "function") problems.push(`${hook} must be a function`);
  }
  checkMigrations(definition.migrations, problems);
  const contributions = new Map<string, CheckedContribution>();
  const provides: readonly unknown[] = Array.isArray(definition.provides) ? definition.provides : [];
  if (!Array.isArray(definition.provides)) problems.push("provides must be a list");
  provides.forEach((item, index) => checkContribution(item, index, contributions, problems));
  compareWithManifest(contributions, identity, problems);
  if (problems.length > 0) throw broken(identity, problems);
  return { definition, contributions };
}

const MOST_MIGRATIONS = 1_000;

function checkMigrations(migrations: unknown, problems: string[]): void {
  if (migrations === undefined) return;
  const isStep = (step: Partial<SettingsMigration> | null | undefined): boolean =>
    Number.isSafeInteger(step?.from) && Number.isSafeInteger(step?.to) && typeof step?.migrate === "function";
  const isList = Array.isArray(migrations) && migrations.length <= MOST_MIGRATIONS && migrations.every(isStep);
  if (!isList) problems.push("migrations must be a list of { from, to, migrate }");
}

function checkContribution(
  item: unknown,
  index: number,
  contributions: Map<string, CheckedContribution>,
  problems: string[],
): void {
  const place = `provides[${index}]`;
  if (typeof item !== "object" || item === null) {
    problems.push(`${place} must be made by defineSource or one of its like`);
    return;
  }
  const definition = item as ContributionDefinition;
  if (!Object.hasOwn(CONTRIBUTION_KINDS, definition.kind)) {
    problems.push(`${place}.kind must be one of ${Object.keys(CONTRIBUTION_KINDS).join(", ")}`);
    return;
  }
  const id = `${definition.kind}/${definition.name}`;
  if (typeof definition.create !== "function") problems.push(`${id} must have a create function`);
  const schema: unknown = definition.config;
  if (
    schema !== undefined &&
    typeof (schema as ContributionDefinition["config"])?.["~standard"]?.validate !== "function"
  ) {
    problems.push(`${id} has a config that is no Standard Schema; use fields() or zod`);
  }
  checkRequires(definition.requires, id, problems);
  checkScope(definition, id, problems);
  checkIdempotent(definition.idempotent, id, problems);
  if (contributions.has(id)) problems.push(`${id} is provided twice`);
  contributions.set(id, { kind: definition.kind, definition });
}

function checkRequires(requires: unknown, id: string, problems: string[]): void {
  if (requires === undefined) return;
  const isList =
    Array.isArray(requires) && requires.every((name) => typeof name === "string" && isCallerPermission(name));
  if (!isList) problems.push(`${id} must have a list of dotted words in requires, such as deployment.execute`);
}

function checkIdempotent(idempotent: unknown, id: string, problems: string[]): void {
  if (idempotent === undefined || typeof idempotent === "boolean") return;
  const isList = Array.isArray(idempotent) && idempotent.every((name) => typeof name === "string");
  if (!isList) problems.push(`${id} must have true, false or a list of its methods in idempotent`);
}

function checkScope(
  { kind, scope }: { kind: ContributionKind; scope?: unknown },
  id: string,
  problems: string[],
): void {
  if (scope === undefined) return;
  if (kind !== "service") problems.push(`${id} has a scope, which only a service has`);
  else if (scope !== "host" && scope !== "plugin") problems.push(`${id} must have "host" or "plugin" as its scope`);
}

function compareWithManifest(
  contributions: ReadonlyMap<string, CheckedContribution>,
  identity: PluginIdentity,
  problems: string[],
): void {
  for (const promised of identity.provides) {
    if (!contributions.has(promised)) problems.push(`the manifest promises ${promised}, the code does not provide it`);
  }
  for (const id of contributions.keys()) {
    if (!identity.provides.includes(id)) problems.push(`the code provides ${id}, the manifest does not name it`);
  }
}

function broken(identity: PluginIdentity, problems: string[]): HostError {
  return new HostError("CONTRACT_BROKEN", `Cannot load plugin "${identity.name}": ${problems.join("; ")}`, {
    details: { problems },
  });
}
