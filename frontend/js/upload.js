/** Sends a file with progress, which `fetch` cannot tell of an upload. */

import { problem, ProblemError } from "./api.js";
import { at } from "./place.js";

/**
 * POST a file as it is; aborting rejects with an AbortError.
 * @template T
 * @param {string} path
 * @param {Blob} file
 * @param {{ progress: (fraction: number) => void, signal: AbortSignal }} options
 * @returns {Promise<T>} the server's answer
 */
export function upload(path, file, { progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", at(path));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.upload.addEventListener("load", () => progress(1));
    request.addEventListener("load", () => {
      const { status, response } = request;
      if (status >= 200 && status < 300) resolve(response);
      else if (typeof response?.detail === "string") reject(new ProblemError(response));
      else reject(new ProblemError(problem(status, request.statusText, `The server answered ${status}.`)));
    });
    request.addEventListener("error", () =>
      reject(new ProblemError(problem(0, "No connection", "The connection broke before the file was taken. Is the server still running?"))),
    );
    request.addEventListener("abort", () => reject(new DOMException("The upload was canceled.", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    if (signal.aborted) request.abort();
    else request.send(file);
  });
}
