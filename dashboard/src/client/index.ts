/** A client of the service: REST with typed errors, and events that go on after every cut. */

export { type ConnectionState, connect, type Listener } from "./connection";
export { ApiError, get, patch, post, put, remove } from "./http";
export type { Topic } from "./lines";
export { HERE, type Server } from "./server";
export type * from "./types";
