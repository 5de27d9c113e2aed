/** Ids are snowflakes, kept as text: they do not fit a number. */
export type Id = string;
