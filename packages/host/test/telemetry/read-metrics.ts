/** A line of a family. */
export interface ReadSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** A family as a scraper reads it. */
export interface ReadFamily {
  name: string;
  type: string;
  help: string;
  samples: ReadSample[];
}

const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy;

/** Reads the text format strictly: every family once, with help, type and samples of its own together. @throws Error for what is none. */
export function readMetrics(text: string): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  const series = new Set<string>();
  let family: ReadFamily | undefined;
  for (const line of text
    .replace(/# EOF\n$/, "")
    .split("\n")
    .slice(0, -1)) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    if (help) {
      if (families.has(help[1]!)) throw new Error(`${help[1]} stands there twice`);
      family = { name: help[1]!, type: "", help: help[2]!, samples: [] };
      families.set(family.name, family);
      continue;
    }
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      if (family?.name !== type[1]) throw new Error(`TYPE without HELP: ${line}`);
      family!.type = type[2]!;
      continue;
    }
    const sample = readSample(line);
    if (!family || !sample.name.startsWith(family.name)) throw new Error(`Not of the family before: ${line}`);
    const key = line.slice(0, line.lastIndexOf(" "));
    if (series.has(key)) throw new Error(`Twice: ${key}`);
    series.add(key);
    family.samples.push(sample);
  }
  return families;
}

function readSample(line: string): ReadSample {
  const found = SAMPLE.exec(line);
  if (!found) throw new Error(`No sample: ${JSON.stringify(line)}`);
  const [, name = "", text = "", value = ""] = found;
  const labels: Record<string, string> = {};
  let read = 0;
  for (const [all, label = "", content = ""] of text.matchAll(LABEL)) {
    labels[label] = content;
    read += all.length;
  }
  if (read !== text.length) throw new Error(`Labels that are none: ${text}`);
  const number = value === "+Inf" ? Infinity : Number(value);
  if (Number.isNaN(number) && value !== "NaN") throw new Error(`No number: ${line}`);
  return { name, labels, value: number };
}
