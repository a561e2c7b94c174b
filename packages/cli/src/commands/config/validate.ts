import { nearest } from "@berth/base";
import { formatProblem, type Problem } from "@berth/contract";
import { type ConfigDocument, type PluginShape, sortProblems } from "@berth/kernel/config";
import { checkHostDocument, checkSettings, type ComposedConfig, versionMismatch } from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { checkSectionsByCode } from "./check-sections.ts";
import { type ConfigFlags, type ConfigSession, openConfig } from "./session.ts";

/** `berth config validate`: the file, every plugin's settings, every section; all problems at once. */
export async function validateConfig(context: CommandContext, flags: ConfigFlags): Promise<number> {
  const session = await openConfig(context, flags);
  const { problems, warnings } = await check(context, session);
  const isValid = problems.length === 0;
  if (flags.json) {
    context.out.write(`${JSON.stringify({ version: 1, valid: isValid, problems, warnings })}\n`);
    return isValid ? EXIT.ok : EXIT.usage;
  }
  for (const problem of problems) context.out.write(`error: ${formatProblem(problem)}\n`);
  for (const warning of warnings) context.out.write(`warning: ${formatProblem(warning)}\n`);
  context.out.write(`${isValid ? fine(session) : `${session.file}: ${count(problems.length, "problem")}`}\n`);
  return isValid ? EXIT.ok : EXIT.usage;
}

interface Verdict {
  problems: readonly Problem[];
  warnings: readonly Problem[];
}

async function check(context: CommandContext, session: ConfigSession): Promise<Verdict> {
  const { document, shapes, found } = session;
  const checked = await checkHostDocument(document, shapes);
  if (checked.value === undefined) return { problems: checked.problems, warnings: [] };
  const unset = await problemsOfSettings(document, shapes, checked.value);
  const sections = await checkSectionsByCode(context, session, checked.value);
  const broken = found.broken.flatMap(({ problems }) => problems);
  const unknown = await unknownPlugins(document, shapes, checked.value);
  return { problems: sortProblems([...unset, ...sections]), warnings: [...unknown, ...broken] };
}

/** What the file leaves out that a plugin cannot do without, and settings of another version. */
async function problemsOfSettings(
  document: ConfigDocument,
  shapes: readonly PluginShape[],
  { config }: ComposedConfig,
): Promise<Problem[]> {
  const problems: Promise<Problem>[] = [];
  for (const shape of shapes) {
    const entry = Object.hasOwn(config.plugins, shape.name) ? config.plugins[shape.name] : undefined;
    if (entry?.enabled === false) continue;
    const path = ["plugins", shape.name, "settings"];
    const mismatch = versionMismatch(shape, entry);
    if (mismatch !== undefined) problems.push(document.problemAt(path, mismatch, "key"));
    if (mismatch !== undefined || entry?.settings !== undefined) continue;
    const checked = await checkSettings(shape, {});
    if ("settings" in checked) continue;
    for (const issue of checked.issues) problems.push(document.problemAt([...path, ...issue.path], issue.message));
  }
  return Promise.all(problems);
}

/** An entry for a plugin that is not there does nothing; it may be there tomorrow, so it is no error. */
async function unknownPlugins(
  document: ConfigDocument,
  shapes: readonly PluginShape[],
  { config }: ComposedConfig,
): Promise<Problem[]> {
  const names = shapes.map(({ name }) => name);
  const unknown = Object.keys(config.plugins).filter((name) => !names.includes(name));
  return Promise.all(
    unknown.map((name) => {
      const meant = nearest(name, names);
      const hint = meant === undefined ? "" : `; did you mean \`${meant}\`?`;
      return document.problemAt(["plugins", name], `no plugin of this name was found${hint}`, "key");
    }),
  );
}

function fine({ file, isThere, shapes, document }: ConfigSession): string {
  const plugins = count(shapes.length, "plugin");
  if (!isThere) return `There is no ${file}: the defaults hold for ${plugins}`;
  const [, ...overlays] = document.files;
  return `${[file, ...overlays].join(" with ")}: fine, ${plugins}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
