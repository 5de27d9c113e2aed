/** A form that is sent: whether it is on its way, and what was wrong with it. */
import { createSignal } from "solid-js";
import { ApiError, explain } from "~/net/error";

export function createForm(work: () => Promise<unknown>, fields: readonly string[] = []) {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal("");
  const [errors, setErrors] = createSignal<Record<string, string>>({});
  const submit = async (event?: Event): Promise<boolean> => {
    event?.preventDefault();
    if (busy()) return false;
    setBusy(true);
    setProblem("");
    setErrors({});
    try {
      await work();
      return true;
    } catch (error) {
      const known = error instanceof ApiError ? error.fields : {};
      setErrors(known);
      const shown = Object.keys(known).length > 0 && Object.keys(known).every((field) => fields.includes(field));
      if (!shown) setProblem(explain(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  /** As if it had never been sent. */
  const forget = () => {
    setProblem("");
    setErrors({});
  };
  return { busy, problem, setProblem, errors, submit, forget };
}
