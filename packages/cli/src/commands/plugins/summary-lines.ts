import { type DifferenceLine, type Risk, type SummaryItem } from "@berth/host/grants";
import type { Style, Terminal } from "../../terminal/terminal.ts";

const MARKS: Readonly<Record<Risk, { sign: string; style: Style | undefined }>> = {
  high: { sign: "!", style: "red" },
  medium: { sign: "-", style: undefined },
  low: { sign: "-", style: "dim" },
};

const SIGN_STYLES: Readonly<Record<DifferenceLine["sign"], Style>> = { "+": "red", "~": "yellow", "-": "dim" };

/** What a plugin asks, in plain words; what could do much harm has an exclamation mark. */
export function summaryLines(terminal: Terminal, items: readonly SummaryItem[]): string[] {
  return items.map(({ risk, text }) => {
    const { sign, style } = MARKS[risk];
    const line = `  ${sign} ${text}`;
    return style === undefined ? line : terminal.paint(style, line);
  });
}

/** What is asked more and less than before. */
export function changeLines(terminal: Terminal, lines: readonly DifferenceLine[]): string[] {
  return lines.map(({ sign, text }) => terminal.paint(SIGN_STYLES[sign], `  ${sign} ${text}`));
}
