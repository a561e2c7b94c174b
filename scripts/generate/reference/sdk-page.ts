import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Declaration, readDeclarations } from "../../source/declarations.ts";
import { tokenize } from "../../source/tokenize.ts";
import { readManifest } from "../../imports/workspace.ts";
import { type Generated, pageHead } from "../generated-file.ts";

const HEADINGS: readonly [string, readonly Declaration["kind"][]][] = [
  ["Functions and constants", ["function", "const"]],
  ["Classes", ["class"]],
  ["Types", ["interface", "type"]],
];

/** The page of everything `@berth/sdk` exports, from the doc comments beside the code. */
export function generateSdkReference(root: string): Generated {
  const problems: string[] = [];
  const declarations: Declaration[] = [];
  for (const { name, file } of exportsOf(root, "packages/sdk/src/index.ts")) {
    const declaration = readDeclarations(readFileSync(join(root, file), "utf8")).find((one) => one.name === name);
    if (!declaration) problems.push(`${file}: declares no ${name}, which @berth/sdk exports`);
    else if (!declaration.doc) problems.push(`${file}: ${name} is exported by @berth/sdk and has no doc comment`);
    else declarations.push(declaration);
  }
  return { files: [{ path: "docs/reference/sdk.md", content: sdkPage(declarations) }], problems };
}

export function sdkPage(declarations: readonly Declaration[]): string {
  const names = new Set(declarations.map(({ name }) => name));
  const sections = HEADINGS.flatMap(([heading, kinds]) => {
    const members = declarations.filter(({ kind }) => kinds.includes(kind));
    members.sort((a, b) => a.name.localeCompare(b.name, "en"));
    return members.length === 0 ? [] : [`## ${heading}\n`, ...members.map((one) => entry(one, names))];
  });
  return [
    pageHead("`@berth/sdk`", "the doc comments of packages/sdk/src and packages/contract/src"),
    "What a plugin imports. The examples are run by the tests.\n",
    ...sections,
  ].join("\n");
}

function entry({ name, kind, doc, signature }: Declaration, names: ReadonlySet<string>): string {
  // A constant's type is not written down; its sentence and example say more than its value would.
  const code = kind === "const" ? [] : [`\`\`\`ts\n${signature.replace(/^export (?:async )?/, "")}\n\`\`\`\n`];
  return [
    `### \`${name}\`\n`,
    `${linkNames(doc?.text ?? "", names)}\n`,
    ...code,
    ...(doc?.throws ?? []).map((text) => `Throws ${linkNames(text, names)}\n`),
    ...(doc?.examples ?? []).map((example) => `Example:\n\n\`\`\`ts\n${example}\n\`\`\`\n`),
  ].join("\n");
}

function linkNames(text: string, names: ReadonlySet<string>): string {
  return text.replace(/\{@link ([\w.]+)\}/g, (_, name: string) =>
    names.has(name) ? `[\`${name}\`](#${name.toLowerCase()})` : `\`${name}\``,
  );
}

/** The names an index file exports and the files that declare them, other packages' index files followed. */
function exportsOf(root: string, index: string): { name: string; file: string }[] {
  const source = readFileSync(join(root, index), "utf8");
  return listExports(source).flatMap(({ names, from }) => {
    if (from.startsWith(".")) return names.map((name) => ({ name, file: join(dirname(index), from) }));
    const folder = `packages/${from.replace("@berth/", "")}`;
    const theirs = exportsOf(root, join(folder, readManifest(join(root, folder)).exports?.["."] ?? "src/index.ts"));
    return names.map((name) => theirs.find((one) => one.name === name) ?? { name, file: index });
  });
}

/** The `export { … } from "…"` clauses of an index file. */
function listExports(source: string): { names: string[]; from: string }[] {
  const tokens = tokenize(source).filter((token) => token.kind !== "comment");
  const clauses: { names: string[]; from: string }[] = [];
  let names: string[] = [];
  tokens.forEach((token, at) => {
    if (token.text === "export") names = [];
    else if (token.kind === "word" && !["type", "from"].includes(token.text)) names.push(token.text);
    else if (token.kind === "string" && tokens[at - 1]?.text === "from")
      clauses.push({ names, from: token.text.slice(1, -1) });
  });
  return clauses;
}
