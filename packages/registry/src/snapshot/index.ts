export { type Snapshot, SnapshotStore, type SnapshotStoreOptions, type TakeOptions } from "./snapshot-store.ts";
