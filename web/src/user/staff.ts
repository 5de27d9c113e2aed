/** Whether one runs the instance: the server says so by answering. */
import { createSignal } from "solid-js";
import { own } from "~/net/rest";

const [staff, setStaff] = createSignal(false);
export { staff };

export async function askStaff(): Promise<void> {
  try {
    await own.get("/admin/settings");
    setStaff(true);
  } catch {
    setStaff(false);
  }
}
