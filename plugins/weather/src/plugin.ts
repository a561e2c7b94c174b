import { definePlugin } from "@berth/sdk";
import { weatherSource } from "./weather-source.ts";

export default definePlugin({ provides: [weatherSource] });
