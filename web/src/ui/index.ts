/** The building blocks of every page. */
export * from "./Avatar";
export * from "./Button";
export * from "./Dialog";
export * from "./Field";
export * from "./Menu";
export * from "./Popover";
export * from "./State";
export * from "./Switch";
export * from "./Toast";
export * from "./Tooltip";
