/** What commands need to switch plugins while no host runs. */
export { openSwitchDesk, type OpenSwitchDesk, SwitchDesk } from "./switch-desk.ts";
export { inUse } from "./switches.ts";
