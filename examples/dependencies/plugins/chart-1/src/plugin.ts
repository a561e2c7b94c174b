import { definePlugin, defineService } from "@berth/sdk";

const SIGNS = "_-=";

export default definePlugin({
  provides: [
    defineService("chart", {
      create: () => ({
        methods: {
          draw: (values) => (values as number[]).map((value) => SIGNS[value] ?? "?").join(""),
        },
      }),
    }),
  ],
});
