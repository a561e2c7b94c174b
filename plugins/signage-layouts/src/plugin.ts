import { defineLayout, definePlugin } from "@berth/sdk";
import { LAYOUTS } from "./layouts/layouts.ts";

export default definePlugin({
  provides: Object.entries(LAYOUTS).map(([name, layout]) =>
    defineLayout(name, { create: () => ({ render: (content, frame) => layout(content, frame) }) }),
  ),
});
