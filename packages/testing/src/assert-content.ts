import { isDeepStrictEqual } from "node:util";
import { HostError, SIGNAGE_LIMITS, type SignageContent } from "@berth/contract";

/** What the host refuses in a source's content: what is not JSON, and what is over a bound. */
export function assertContent(value: unknown): SignageContent {
  const content = value as SignageContent;
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(content)), content)) throw refused("it is not plain JSON");
  if (typeof content.title !== "string" || !Array.isArray(content.lines)) throw refused("it needs a title and lines");
  const over = [
    bound("lines", content.lines, SIGNAGE_LIMITS.lines),
    bound("stats", content.stats, SIGNAGE_LIMITS.stats),
    bound("series", content.series, SIGNAGE_LIMITS.series),
    bound("tables", content.tables, SIGNAGE_LIMITS.tables),
    ...(content.series ?? []).map(({ label, points }) => bound(`points of ${label}`, points, SIGNAGE_LIMITS.points)),
    ...(content.tables ?? []).map(({ title, rows }) => bound(`rows of ${title}`, rows, SIGNAGE_LIMITS.rows)),
    ...(content.tables ?? []).map(({ title, columns }) =>
      bound(`columns of ${title}`, columns, SIGNAGE_LIMITS.columns),
    ),
  ].filter((problem) => problem !== undefined);
  for (const text of texts(content))
    if (text.length > SIGNAGE_LIMITS.text) over.push(`a text of ${text.length} characters`);
  for (const { title, columns, rows } of content.tables ?? []) {
    if (rows.some((row) => row.length !== columns.length)) over.push(`a row of ${title} that does not fit its columns`);
  }
  if (over.length > 0) throw refused(`it has ${over.join(", ")}`);
  return content;
}

function bound(what: string, list: readonly unknown[] | undefined, most: number): string | undefined {
  return list && list.length > most ? `${list.length} ${what}, ${most} are allowed` : undefined;
}

function* texts(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) yield* texts(item);
}

const refused = (why: string): HostError => new HostError("LIMIT_EXCEEDED", `Cannot show the content: ${why}`);
