import { definePlugin, defineService } from "@berth/sdk";

export default definePlugin({ provides: [defineService("left", { create: () => ({ methods: {} }) })] });
