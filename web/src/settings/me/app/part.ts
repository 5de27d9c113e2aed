/** What each page of an application is given. */
import type { Application } from "../application";

export interface PartProps {
  application: Application;
  onChange: (next: Application) => void;
}
