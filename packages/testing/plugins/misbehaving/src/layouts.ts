import { type AnyContribution, defineLayout } from "@berth/sdk";

/** Layouts that fail, that never answer, and that ask for what cannot be drawn. */
export const layouts: AnyContribution[] = [
  defineLayout("throwing", {
    create: () => ({
      render: () => {
        throw new Error("no pencil");
      },
    }),
  }),
  defineLayout("hanging", { create: () => ({ render: () => new Promise(() => undefined) }) }),
  defineLayout("impossible", {
    create: () => ({ render: () => ({ root: { type: "hologram" } }) as never }),
  }),
];
