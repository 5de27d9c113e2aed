/** Tags as chips, with a line to type more: Enter or a comma adds one, Backspace in an empty line takes the last away. */
import X from "lucide-solid/icons/x";
import { createSignal, createUniqueId, For, Show } from "solid-js";
import { addKeywords, MOST } from "./keywords";
import "./discovery.css";

export function KeywordField(props: {
  value: readonly string[];
  onChange: (value: string[]) => void;
  error?: string | undefined;
}) {
  const id = createUniqueId();
  const [typed, setTyped] = createSignal("");
  const [wrong, setWrong] = createSignal("");
  const [told, setTold] = createSignal("");
  let input: HTMLInputElement | undefined;
  const error = () => wrong() || props.error;
  const add = () => {
    const { keywords, error, rest } = addKeywords(props.value, typed());
    const more = keywords.slice(props.value.length);
    if (more.length > 0) {
      props.onChange(keywords);
      setTold(`${more.join(", ")} added.`);
    }
    setTyped(rest);
    setWrong(error ?? "");
  };
  const remove = (word: string) => {
    props.onChange(props.value.filter((other) => other !== word));
    setTold(`${word} removed.`);
    setWrong("");
    input?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    }
    const last = props.value.at(-1);
    if (event.key === "Backspace" && !typed() && last !== undefined) remove(last);
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        Tags
      </label>
      <div class="keyword-box" data-invalid={error() ? "" : undefined}>
        <ul class="keyword-list" aria-label="Tags of this guild">
          <For each={props.value}>
            {(word) => (
              <li class="chip">
                <span class="truncate">{word}</span>
                <button type="button" aria-label={`Remove ${word}`} onClick={() => remove(word)}>
                  <X size={12} />
                </button>
              </li>
            )}
          </For>
        </ul>
        <input
          ref={input}
          id={id}
          class="keyword-input"
          value={typed()}
          autocomplete="off"
          enterkeyhint="enter"
          placeholder={props.value.length > 0 ? "" : "board games, evenings, English"}
          aria-invalid={Boolean(error())}
          aria-describedby={`${id}-note ${id}-error`}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setWrong("");
          }}
          onKeyDown={onKey}
          onBlur={add}
        />
      </div>
      <div class="field-note" id={`${id}-note`}>
        People find the guild by them. Enter adds one. {props.value.length} of {MOST}.
      </div>
      <div class="field-error" id={`${id}-error`} role="alert">
        <Show when={error()}>{error()}</Show>
      </div>
      <span class="visually-hidden" role="status">
        {told()}
      </span>
    </div>
  );
}
