/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  name: string;
  args: string;
  /** Which `FROM` it belongs to, from 0. */
  stage: number;
}

export function readDockerfile(source: string): Instruction[] {
  let stage = -1;
  return source
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\s*\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => {
      const [, name, args = ""] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
      if (name === undefined) return [];
      if (name === "FROM") stage++;
      return [{ name, args, stage }];
    });
}

/** The words of an instruction's exec form, `["a", "b"]`. */
export function execForm({ args }: Pick<Instruction, "args">): string[] {
  return JSON.parse(args.slice(args.indexOf("["))) as string[];
}

/** `COPY a b to`: what is copied, where to, and from which stage. */
export function readCopy({ args }: Pick<Instruction, "args">): {
  from: string | undefined;
  sources: string[];
  to: string;
} {
  const words = args.split(/\s+/);
  const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
  const paths = words.filter((word) => !word.startsWith("--"));
  return { from, sources: paths.slice(0, -1), to: paths.at(-1) ?? "" };
}

/** Whether `.dockerignore` leaves a path out: the last line that fits decides. Knows whole names, `**` in front, and `*.end`. */
export function isIgnored(rules: string, path: string): boolean {
  let ignored = false;
  for (const line of rules.split("\n").map((text) => text.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const isBack = line.startsWith("!");
    if (fits(isBack ? line.slice(1) : line, path)) ignored = !isBack;
  }
  return ignored;
}

/** A pattern that fits a folder fits all below it. */
function fits(pattern: string, path: string): boolean {
  const body = RegExp.escape(pattern.replace(/^\*\*\//, "")).replaceAll("\\*", "[^/]*");
  const anywhere = pattern.startsWith("**/") ? "(?:.*/)?" : "";
  return new RegExp(`^${anywhere}${body}(?:/.*)?$`).test(path);
}
