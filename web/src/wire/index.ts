/** What the server speaks, as types: a mirror of `docs/api.md`. */
export * from "./channel";
export * from "./component";
export * from "./gateway";
export * from "./guild";
export type * from "./id";
export * from "./message";
export * from "./user";
export * from "./welcome";
