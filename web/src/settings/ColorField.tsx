/** A colour: from a palette, or any other. */
import Check from "lucide-solid/icons/check";
import Slash from "lucide-solid/icons/ban";
import { createUniqueId, For, Show } from "solid-js";

const PALETTE = [
  0x1abc9c, 0x2ecc71, 0x3498db, 0x5865f2, 0x9b59b6, 0xe91e63, 0xf1c40f, 0xe67e22, 0xe74c3c, 0x95a5a6, 0x11806a,
  0x1f8b4c, 0x206694, 0x4450c8, 0x71368a, 0xad1457, 0xc27c0e, 0xa84300, 0x992d22, 0x607d8b,
];
const NAMES = [
  "Teal",
  "Green",
  "Blue",
  "Indigo",
  "Purple",
  "Pink",
  "Yellow",
  "Orange",
  "Red",
  "Grey",
  "Dark teal",
  "Dark green",
  "Dark blue",
  "Dark indigo",
  "Dark purple",
  "Dark pink",
  "Dark yellow",
  "Dark orange",
  "Dark red",
  "Slate",
];

export const hex = (color: number): string => `#${color.toString(16).padStart(6, "0")}`;

/** A colour out of what somebody typed; null for what is none. */
export function readHex(text: string): number | null {
  const match = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim());
  if (!match?.[1]) return null;
  const digits = match[1].length === 3 ? [...match[1]].map((digit) => digit + digit).join("") : match[1];
  return Number.parseInt(digits, 16);
}

export function ColorField(props: {
  label: string;
  value: number;
  onChange: (color: number) => void;
  disabled?: boolean;
  note?: string;
}) {
  const id = createUniqueId();
  const typed = (text: string) => {
    const color = readHex(text);
    if (color !== null) props.onChange(color);
  };
  return (
    <fieldset class="field color-field" disabled={props.disabled}>
      <legend class="field-label">{props.label}</legend>
      <div class="swatches">
        <button
          type="button"
          class="swatch swatch-none"
          aria-label="No colour"
          aria-pressed={props.value === 0}
          onClick={() => props.onChange(0)}
        >
          <Slash size={18} />
        </button>
        <label class="swatch swatch-any" style={props.value ? { background: hex(props.value) } : {}}>
          <span class="visually-hidden">Any colour</span>
          <input
            type="color"
            value={hex(props.value || 0x5865f2)}
            onInput={(event) => typed(event.currentTarget.value)}
          />
        </label>
        <div class="swatch-list">
          <For each={PALETTE}>
            {(color, index) => (
              <button
                type="button"
                class="swatch swatch-small"
                style={{ background: hex(color) }}
                aria-label={NAMES[index()] ?? hex(color)}
                aria-pressed={props.value === color}
                onClick={() => props.onChange(color)}
              >
                <Show when={props.value === color}>
                  <Check size={14} />
                </Show>
              </button>
            )}
          </For>
        </div>
        <div class="swatch-hex">
          <label class="visually-hidden" for={id}>
            Colour as hexadecimal digits
          </label>
          <input
            id={id}
            class="field-input mono"
            value={props.value ? hex(props.value) : ""}
            placeholder="#rrggbb"
            maxLength={7}
            spellcheck={false}
            onChange={(event) => typed(event.currentTarget.value)}
          />
        </div>
      </div>
      <Show when={props.note}>
        <div class="field-note">{props.note}</div>
      </Show>
    </fieldset>
  );
}
