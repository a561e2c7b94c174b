import { neutraliseLine } from "@berth/base";
import type { AskDifference } from "./difference.ts";
import { limitText, LIMITS } from "./limit-words.ts";

/** What a line of a difference tells: more than before, less, or the same reach in other words. */
export interface DifferenceLine {
  /** `+` is new, `~` reaches further, `-` is gone or reaches less far. */
  sign: "+" | "~" | "-";
  /** Harmless on a terminal. */
  text: string;
}

/** A difference in lines, what is more first. */
export function differenceLines(difference: AskDifference): DifferenceLine[] {
  const { added, widened, narrowed, removed, limits, systemCalls } = difference;
  const lines: DifferenceLine[] = [
    ...added.map(({ permission, entry }) => line("+", `${permission} ${entry}`)),
    ...widened.map(({ permission, from, to }) => line("~", `${permission} ${to.join(", ")} (was ${from.join(", ")})`)),
    ...systemCalls.map((group) => line("+", `system calls of the kind: ${group}`)),
    ...limits.map(({ limit, from, to }) => {
      const values = `${limitText(limit, to)} ${LIMITS[limit].of} (was ${limitText(limit, from)})`;
      return line(to > from ? "~" : "-", `limits.${limit} ${values}`);
    }),
    ...narrowed.map(({ permission, from, to }) => line("-", `${permission} ${from.join(", ")}, only ${to.join(", ")}`)),
    ...removed.map(({ permission, entry }) => line("-", `${permission} ${entry}`)),
  ];
  return lines.toSorted((a, b) => Number(a.sign === "-") - Number(b.sign === "-"));
}

/** What is asked beyond what was, in one line: `network *.example.org; limits.memory_mb 512 MiB`. */
export function moreInOneLine({ added, widened, limits, systemCalls }: AskDifference): string {
  const parts = [
    ...added.map(({ permission, entry }) => `${permission} ${entry}`),
    ...widened.map(({ permission, to }) => `${permission} ${to.join(", ")}`),
    ...systemCalls.map((group) => `system calls of the kind ${group}`),
    ...limits.filter(({ from, to }) => to > from).map(({ limit, to }) => `limits.${limit} ${limitText(limit, to)}`),
  ];
  return neutraliseLine(parts.join("; "), 1_000);
}

function line(sign: DifferenceLine["sign"], text: string): DifferenceLine {
  return { sign, text: neutraliseLine(text, 1_000) };
}
