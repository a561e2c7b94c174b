export {
  type BusListener,
  type BusRequestOptions,
  type BusSubscription,
  createEventBus,
  type EventBus,
  type EventBusOptions,
  type Subscriber,
} from "./event-bus.ts";
