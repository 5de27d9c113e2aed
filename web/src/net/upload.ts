/** Sending files: multipart with progress, which `fetch` cannot tell. */
import { ApiError, type ErrorBody } from "./error";
import { authorization, DISCORD, refused } from "./rest";

export interface Upload<T> {
  done: Promise<T>;
  cancel: () => void;
}

/** Sends `payload` and `files` as one request; `progress` hears 0 to 1. */
export function upload<T>(path: string, payload: unknown, files: File[], progress: (share: number) => void): Upload<T> {
  const form = new FormData();
  form.append("payload_json", JSON.stringify(payload));
  for (const [index, file] of files.entries()) form.append(`files[${index}]`, file, file.name);
  return uploadForm(path, form, progress);
}

/** The same for a form of fields. */
export function uploadForm<T>(path: string, form: FormData, progress: (share: number) => void): Upload<T> {
  const request = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) return resolve(body as T);
      if (request.status === 401) refused();
      reject(new ApiError(request.status, (body ?? {}) as ErrorBody));
    });
    request.addEventListener("error", () => reject(new ApiError(0, {})));
    request.addEventListener("abort", () => reject(new DOMException("The upload was cancelled.", "AbortError")));
  });
  request.open("POST", DISCORD + path);
  const token = authorization();
  if (token) request.setRequestHeader("authorization", token);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
