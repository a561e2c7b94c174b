import { toEditorSchema } from "@berth/kernel/config";
import { composeHostSchema } from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type ConfigFlags, openConfig } from "./session.ts";

/** `berth config schema`: the JSON Schema of this very `berth.yaml`, settings and sections of its plugins included. */
export async function showSchema(context: CommandContext, flags: ConfigFlags): Promise<number> {
  const { file, shapes } = await openConfig(context, flags);
  const title = `${file} with what the plugins of this project add`;
  const schema = await toEditorSchema(composeHostSchema(shapes), { id: "berth.schema.json", title });
  context.out.write(`${JSON.stringify(schema, undefined, flags.json ? undefined : 2)}\n`);
  return EXIT.ok;
}
