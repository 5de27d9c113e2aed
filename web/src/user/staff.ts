/** Whether one runs the instance: the server says so of oneself. */
import { account } from "./store";

export const staff = (): boolean => account.me?.staff ?? false;
