import type { GrantDecision, GrantState, SurveyedPlugin } from "@berth/host/grants";
import type { Style } from "../../terminal/terminal.ts";

/** How it stands with a grant, in the words of a table. */
export const GRANT_WORDS: Readonly<Record<GrantState, { text: string; style: Style }>> = {
  "nothing-asked": { text: "asks nothing", style: "dim" },
  granted: { text: "all it asks", style: "green" },
  partly: { text: "a part", style: "yellow" },
  "not-granted": { text: "nothing", style: "yellow" },
  held: { text: "held", style: "red" },
};

/** Who said so. */
const SOURCE_WORDS: Readonly<Record<GrantDecision["source"], string>> = {
  config: "berth.yaml",
  "first-party": "comes with Berth",
  stored: "by command",
  held: "by command",
  none: "nobody yet",
};

export function sourceWord({ decision }: Pick<SurveyedPlugin, "decision">): string {
  return SOURCE_WORDS[decision.source];
}

/** How it stands with a plugin, in a sentence of a head line. */
export const GRANT_SENTENCES: Readonly<Record<GrantState, string>> = {
  "nothing-asked": "It asks for no permission",
  granted: "It has all it asks",
  partly: "It has a part of what it asks",
  "not-granted": "It has nothing of what it asks",
  held: "It is held until it is granted again",
};

/** Why it does not run, or what its operator may want to do; empty when all is well. */
export function adviceOn({ problem, isEnabled, switchedOff, state, decision, plugin }: SurveyedPlugin): string {
  if (switchedOff) return `disabled by ${switchedOff.by}: berth plugins enable ${plugin.name}`;
  if (!isEnabled) return "switched off in berth.yaml";
  const look = `berth plugins permissions ${plugin.name}`;
  if (state === "held" && problem?.code === "GRANT_PENDING") return `asks more than was granted: ${look}`;
  if (problem !== undefined) return problem.message;
  return state === "not-granted" && decision.source === "none" ? `see ${look}` : "";
}
