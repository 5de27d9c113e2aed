import { describe, expect, it } from "vitest";
import type { FormField, MemberVerification } from "~/wire";
import { asKind, bodyOf, draftOf, newQuestion, problemsOf } from "./screening";

const form: MemberVerification = {
  version: null,
  description: null,
  form_fields: [
    { field_type: "TERMS", label: "Agree", required: true, values: ["Be kind."] },
    { field_type: "TEXT_INPUT", label: "Who sent you?", required: false },
  ],
};

describe("the form of newcomers", () => {
  it("is taken apart and put together again", () => {
    const draft = draftOf(form, true);
    expect(draft).toMatchObject({ enabled: true, description: "", rules: ["Be kind."] });
    expect(bodyOf({ ...draft, rules: [" Be kind. ", ""] })).toEqual({
      enabled: true,
      description: null,
      form_fields: [
        { field_type: "TERMS", label: "I have read these rules and agree.", required: true, values: ["Be kind."] },
        { field_type: "TEXT_INPUT", label: "Who sent you?", required: false, placeholder: null },
      ],
    });
  });

  it("without rules has no terms", () => {
    expect(bodyOf({ ...draftOf(form, false), rules: ["  "], questions: [] })).toMatchObject({ form_fields: [] });
  });

  it("gives answers to choose from to one kind of question only", () => {
    const choice = asKind(newQuestion(), "MULTIPLE_CHOICE");
    expect(choice.choices).toEqual(["", ""]);
    expect(asKind(choice, "PARAGRAPH")).not.toHaveProperty("choices");
  });

  it("says what is missing", () => {
    const draft = draftOf(form, true);
    expect(problemsOf(draft)).toEqual({});
    expect(problemsOf({ ...draft, rules: [], questions: [] })).toHaveProperty("enabled");
    expect(problemsOf({ ...draft, enabled: false, rules: [], questions: [] })).toEqual({});
    const choice: FormField = { field_type: "MULTIPLE_CHOICE", label: "Which?", required: true, choices: ["One", " "] };
    expect(problemsOf({ ...draft, questions: [newQuestion()] }).questions).toMatch(/^Question 1/);
    expect(problemsOf({ ...draft, questions: [choice] }).questions).toMatch(/two answers/);
  });
});
