/** What the server speaks, as types: a mirror of `docs/api.md`. */
export * from "./automod";
export * from "./channel";
export * from "./component";
export * from "./event";
export * from "./gateway";
export * from "./guild";
export type * from "./id";
export * from "./link";
export * from "./message";
export type * from "./poll";
export * from "./shop";
export * from "./sticker";
export * from "./user";
export * from "./welcome";
