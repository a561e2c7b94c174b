import { HostError, type SignageContent } from "@berth/contract";
import { contentSchema } from "./content-schema.ts";

const MOST_PROBLEMS = 5;

/**
 * What a source returned, once it is known to be content: nothing of a plugin's answer is used before.
 *
 * @throws HostError `LIMIT_EXCEEDED` when it is too large, `CONTRACT_BROKEN` when it is no content, naming the places.
 */
export function parseContent(source: string, answer: unknown): SignageContent {
  const result = contentSchema.safeParse(answer);
  if (result.success) return withoutAbsent(result.data);
  const { issues } = result.error;
  const places = issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => `${issue.path.join(".") || "content"}: ${issue.message}`);
  if (issues.length > MOST_PROBLEMS) places.push(`and ${issues.length - MOST_PROBLEMS} more`);
  const isOnlyTooMuch = issues.every((issue) => issue.code === "too_big");
  throw new HostError(
    isOnlyTooMuch ? "LIMIT_EXCEEDED" : "CONTRACT_BROKEN",
    `Cannot use what "${source}" returned: ${places.join("; ")}`,
    { details: { problems: places } },
  );
}

/** A key that is there with the value `undefined` is the same as none. */
function withoutAbsent(content: object): SignageContent {
  return Object.fromEntries(
    Object.entries(content).filter(([, value]) => value !== undefined),
  ) as unknown as SignageContent;
}
