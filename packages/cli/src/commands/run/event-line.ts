import { type JsonValue, neutraliseLine } from "@berth/base";
import type { Terminal } from "../../terminal/terminal.ts";

/** Something that happened in a host, wherever it was heard of. */
export interface HostEvent {
  /** Milliseconds since 1970. */
  at: number;
  subject: string;
  from: string;
  data: JsonValue;
  /** Events before it that were lost. */
  lost: number;
}

const MOST_CHARACTERS = 500;

/** An event for people: when, what, and whatever is known of it. */
export function eventLine(terminal: Terminal, { at, subject, from, data, lost }: HostEvent): string {
  const time = terminal.paint("dim", new Date(at).toTimeString().slice(0, 8));
  const whose = from === "host" ? "" : ` ${terminal.paint("dim", `(${neutraliseLine(from)})`)}`;
  const missed = lost === 0 ? "" : terminal.paint("yellow", ` (${lost} before it were lost)`);
  return `${time} ${neutraliseLine(subject)}${whose} ${neutraliseLine(facts(data), MOST_CHARACTERS)}${missed}`.trimEnd();
}

/** An event for programs; `event` tells what it is. */
export function eventJson({ at, subject, from, data, lost }: HostEvent): string {
  return JSON.stringify({ version: 1, event: subject, at, from, data, ...(lost === 0 ? {} : { lost }) });
}

/** The plugin first: it is what one looks for. */
function facts(data: JsonValue): string {
  if (typeof data !== "object" || data === null || Array.isArray(data))
    return data === null ? "" : JSON.stringify(data);
  const { plugin, ...rest } = data;
  const others = Object.entries(rest).map(([name, value]) => `${name}=${word(value)}`);
  return [...(typeof plugin === "string" ? [plugin] : []), ...others].join(" ");
}

function word(value: JsonValue): string {
  return typeof value === "string" && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}
