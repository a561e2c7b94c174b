import { definePlugin, defineService, type JsonValue } from "@berth/sdk";
import type { Aim, Attack } from "./aim.ts";
import { FILES } from "./attacks/files.ts";
import { NETWORK } from "./attacks/network.ts";
import { POLLUTION } from "./attacks/pollution.ts";
import { PROCESSES } from "./attacks/processes.ts";
import { PROTOCOL } from "./attacks/protocol.ts";
import { RESOURCES } from "./attacks/resources.ts";
import { SEAMS } from "./attacks/seams.ts";
import { SECRETS } from "./attacks/secrets.ts";

const ATTACKS: Record<string, Attack> = {
  ...FILES,
  ...PROCESSES,
  ...NETWORK,
  ...SECRETS,
  ...POLLUTION,
  ...RESOURCES,
  ...PROTOCOL,
  ...SEAMS,
};

export default definePlugin({
  provides: [
    defineService("hostile", {
      create: (_config, ctx) => ({
        methods: {
          attack: async (input) => {
            const { name, aim } = input as unknown as { name: string; aim: Aim };
            return (await ATTACKS[name]!(aim, ctx)) as JsonValue;
          },
          ping: () => "pong",
        },
      }),
    }),
  ],
});
