export { type HttpListener, type HttpListenerOptions, openHttpListener } from "./http-listener.ts";
export { type HttpRoute, type RouteAnswer, type RouteRequest, TEXT } from "./http-route.ts";
