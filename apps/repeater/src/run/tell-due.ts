import type { Settings } from "../config/settings.ts";
import type { Due } from "../modes/schedule.ts";

/** What is said of the next run, for those who asked for it. */
export function tellDue(
  settings: Settings,
  say: (sentence: string) => void,
): ((due: Due, at: number) => void) | undefined {
  const isNextShown = settings.isOn("show-next");
  const isNoteShown = settings.isOn("show-metrics");
  if (!isNextShown && !isNoteShown) return undefined;
  return (due, at) => {
    if (isNextShown) say(`next run at ${new Date(at).toISOString()}`);
    if (isNoteShown && due.note !== undefined) say(due.note);
  };
}
