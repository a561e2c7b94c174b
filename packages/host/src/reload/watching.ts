/** What a host needs beside the rest when it watches the folders of plugins; loaded then and not before. */
export { Newcomers } from "../plugins/newcomers.ts";
export { PluginWatch } from "./plugin-watch.ts";
