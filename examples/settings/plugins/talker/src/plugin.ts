import { definePlugin, defineService } from "@berth/sdk";

export default definePlugin({
  migrations: [
    { from: 1, to: 2, migrate: ({ title = "", ...rest }) => ({ ...rest, name: title }) },
    { from: 2, to: 1, migrate: ({ name = "", ...rest }) => ({ ...rest, title: name }) },
  ],
  provides: [
    defineService("talker", {
      create: (_config, { settings }) => ({ methods: { said: () => ({ name: settings.name ?? null }) } }),
    }),
  ],
});
