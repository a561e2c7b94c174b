import { definePlugin } from "@berth/sdk";
import { stockSource } from "./stock-source.ts";

export default definePlugin({ provides: [stockSource] });
