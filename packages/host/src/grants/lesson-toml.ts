import { neutralise, neutraliseLine } from "@berth/base";
import type { PermissionName } from "@berth/kernel/permissions";
import type { Lesson } from "./learn.ts";

/** A line of a manifest is as long as a line of code. */
const LONGEST_LINE = 100;

/** The `[permissions]` of a manifest, with what was asked for nothing and what was refused as comments. */
export function lessonToml({ permissions, unused, refusals, incomplete }: Lesson): string {
  const lists: (readonly [string, readonly string[]])[] = [
    ["network", permissions.network],
    ["filesystem.read", permissions["filesystem.read"]],
    ["filesystem.write", permissions["filesystem.write"]],
    ["exec", permissions.exec],
    ["secrets", permissions.secrets],
    ["env", permissions.env],
    ["services", permissions.services],
    ["events.publish", permissions["events.publish"]],
    ["events.subscribe", permissions["events.subscribe"]],
    ["may", permissions.may],
  ];
  const asked = lists.filter(([, entries]) => entries.length > 0).map(([key, entries]) => assignment(key, entries));
  return [
    "[permissions]",
    ...(asked.length === 0 ? ["# It used nothing that needs a permission."] : asked),
    ...unused.flatMap(({ permission, entry }) => comment(`asked and never used: ${permission} ${entry}`)),
    ...refusals.map(({ permission, what, refusals: times }) => refused(permission, what, times)),
    ...incomplete.flatMap((permission) =>
      comment(`incomplete: more of ${permission} was used than could be kept apart`),
    ),
    "",
  ].join("\n");
}

function refused(permission: PermissionName | undefined, what: string, times: number): string {
  const kind = permission === undefined ? "" : `${permission}: `;
  return comment(`refused${times === 1 ? "" : ` ${times} times`}: ${kind}${what}`);
}

function comment(text: string): string {
  return `# ${neutraliseLine(text, 500)}`;
}

/** Strings of JSON are strings of TOML, and so are the escapes that make them harmless on a terminal. */
function assignment(key: string, entries: readonly string[]): string {
  const items = entries.map((entry) => neutralise(JSON.stringify(entry)));
  const line = `${key} = [${items.join(", ")}]`;
  return line.length <= LONGEST_LINE ? line : [`${key} = [`, ...items.map((item) => `  ${item},`), "]"].join("\n");
}
