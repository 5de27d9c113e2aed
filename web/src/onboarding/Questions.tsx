/** A question with its answers: buttons that stay pressed. */
import { For, Show } from "solid-js";
import { Face } from "~/emoji/Face";
import type { Prompt } from "~/wire";
import type { Answers } from "./answers";

export function Question(props: { prompt: Prompt; answers: Answers; onPick: (option: string) => void }) {
  return (
    <fieldset class="question">
      <legend class="question-title">
        {props.prompt.title}
        <Show when={props.prompt.required}>
          <span class="question-required"> (required)</span>
        </Show>
      </legend>
      <p class="field-note">{props.prompt.single_select ? "Choose one." : "Choose as many as you like."}</p>
      <div class="answers">
        <For each={props.prompt.options}>
          {(option) => (
            <button
              type="button"
              class="answer"
              aria-pressed={props.answers.has(option.id)}
              onClick={() => props.onPick(option.id)}
            >
              <Face emoji={option.emoji} />
              <span class="grow">
                <span class="answer-title">{option.title}</span>
                <Show when={option.description}>
                  <span class="answer-about">{option.description}</span>
                </Show>
              </span>
              <span class="answer-tick" aria-hidden="true" />
            </button>
          )}
        </For>
      </div>
    </fieldset>
  );
}
