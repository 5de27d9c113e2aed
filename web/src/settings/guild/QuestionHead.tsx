/** The head of a question that is made: what it asks, and its end. */
import Trash from "lucide-solid/icons/trash";
import { Field, IconButton } from "~/ui";

interface HeadProps {
  number: number;
  value: string;
  onChange: (value: string) => void;
  onRemove: () => void;
  maxLength: number;
  placeholder: string;
}

export function QuestionHead(props: HeadProps) {
  return (
    <div class="row prompt-head">
      <Field
        label={`Question ${props.number}`}
        value={props.value}
        onChange={props.onChange}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        required
      />
      <IconButton label={`Remove question ${props.number}`} class="danger" onClick={() => props.onRemove()}>
        <Trash size={17} />
      </IconButton>
    </div>
  );
}
