import { pluginTemplate, templateFile, TOML_TEMPLATE, YAML_TEMPLATE } from "@berth/kernel/config/settings";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { noSuchPlugin } from "../plugins/session.ts";
import { type ConfigFlags, openConfig } from "./session.ts";

/** Options of `berth config template`. */
export interface TemplateFlags extends ConfigFlags {
  toml?: boolean;
}

/** `berth config template [PLUGIN]`: commented entries of `berth.yaml`, ready to be pasted. */
export async function showTemplate(
  context: CommandContext,
  name: string | undefined,
  flags: TemplateFlags,
): Promise<number> {
  const { found, file } = await openConfig(context, flags);
  const plugins = chosen(found.plugins, name);
  const isToml = flags.toml ?? file.endsWith(".toml");
  const language = isToml ? TOML_TEMPLATE : YAML_TEMPLATE;
  const templates = plugins.map(({ manifest }) => pluginTemplate(manifest, language));
  const text = templateFile(templates, language);
  const unfilled = plugins.flatMap((plugin, index) =>
    templates[index]!.unfilled.map((setting) => `plugins.${plugin.name}.settings.${setting}`),
  );
  if (flags.json) {
    context.out.write(`${JSON.stringify({ version: 1, language: isToml ? "toml" : "yaml", text, unfilled })}\n`);
  } else {
    context.out.write(text);
    for (const setting of unfilled) context.err.write(`Set ${setting} before it is used.\n`);
  }
  return EXIT.ok;
}

function chosen(plugins: readonly DiscoveredPlugin[], name: string | undefined): DiscoveredPlugin[] {
  const names = plugins.map((plugin) => plugin.name);
  const firsts = plugins.filter((plugin, index) => names.indexOf(plugin.name) === index);
  if (name === undefined) return firsts;
  const plugin = firsts.find((one) => one.name === name);
  if (!plugin) throw noSuchPlugin(name, names);
  return [plugin];
}
