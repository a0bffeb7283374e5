/** The API, typed: one function per call, every error a `ProblemError`. */

import { sentence } from "./format.js";
import { at, base } from "./place.js";
import { learn } from "./server-time.js";

/** @import * as Api from "../types/api.js" */

const BUSY_RETRIES = 3;

/** An answer of the API that is not a success, or no answer at all (status 0). */
export class ProblemError extends Error {
  /** @param {Api.Problem} problem */
  constructor(problem) {
    super(problem.detail || problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }

  get status() {
    return this.problem.status;
  }
}

/**
 * @param {unknown} error
 * @returns {boolean} whether the page itself gave the request up
 */
export function aborted(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * Say what went wrong, down to the fields if the server names some.
 * @param {unknown} error
 * @returns {string}
 */
export function reason(error) {
  if (!(error instanceof ProblemError)) return error instanceof Error ? error.message : String(error);
  const fields = (error.problem.errors ?? []).filter(({ pointer }) => pointer.startsWith("/query/"));
  if (fields.length === 0) return error.message;
  return fields.map(({ pointer, detail }) => `${sentence(pointer.slice("/query/".length))}: ${detail}.`).join(" ");
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function call(path, init = {}) {
  let response = await ask(path, init);
  for (let again = 0; again < BUSY_RETRIES && isBusy(response); again += 1) {
    await pause(1000 * Number(response.headers.get("Retry-After")), init.signal);
    response = await ask(path, init);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  const known = body && typeof body.detail === "string";
  throw new ProblemError(
    known ? body : problem(response.status, response.statusText, `The server answered ${response.status}.`),
  );
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function ask(path, init) {
  try {
    const response = await fetch(at(path), init);
    learn(response.headers.get("Date"));
    return response;
  } catch (error) {
    if (aborted(error)) throw error;
    throw new ProblemError(problem(0, "No connection", "The server does not answer. Is it still running?"));
  }
}

/**
 * Whether the server has turned a request away untouched, because too many wait, and said when to come again.
 * @param {Response} response
 */
const isBusy = (response) => response.status === 503 && Number(response.headers.get("Retry-After")) > 0;

/**
 * @param {number} ms
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/**
 * @param {number} status
 * @param {string} title
 * @param {string} detail
 * @returns {Api.Problem}
 */
export function problem(status, title, detail) {
  return { type: "about:blank", title, status, detail, instance: "" };
}

/**
 * @template T
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
async function get(path, signal) {
  const response = await call(path, { signal, headers: { Accept: "application/json" } });
  return response.json();
}

/**
 * @template T
 * @param {string} path
 * @param {unknown} [body]
 * @param {{ signal?: AbortSignal, headers?: Record<string, string> }} [options]
 * @returns {Promise<{ status: number, body: T }>}
 */
async function post(path, body, { signal, headers = {} } = {}) {
  const response = await call(path, {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** @param {string} id */
export const experimentUrl = (id) => `${base}/api/experiments/${encodeURIComponent(id)}`;

/** @param {string} id */
export const datasetUrl = (id) => `${base}/api/datasets/${encodeURIComponent(id)}`;

/** @param {string} name */
const studyUrl = (name) => `${base}/api/studies/${encodeURIComponent(name)}`;

/**
 * @param {string} study
 * @param {string} lab
 */
export const labUrl = (study, lab) => `${studyUrl(study)}/labs/${encodeURIComponent(lab)}`;

export const api = {
  /** @type {(signal?: AbortSignal) => Promise<Api.Front>} */
  front: (signal) => get("/api/front", signal),

  /** @type {(signal?: AbortSignal) => Promise<Api.Page<Api.Study>>} */
  studies: (signal) => get("/api/studies", signal),

  /** @type {(name: string, signal?: AbortSignal) => Promise<Api.Study>} */
  study: (name, signal) => get(studyUrl(name), signal),

  /** @type {(name: string, params: Record<string, unknown>, signal: AbortSignal, purpose?: "scores" | "suspects") => Promise<Api.Budgets>} */
  budgets: async (name, params, signal, purpose = "scores") => (await post(`${studyUrl(name)}/budgets`, { params, purpose }, { signal })).body,

  /** @type {(name: string, params: Record<string, unknown>, signal: AbortSignal) => Promise<Api.Estimate>} */
  estimate: async (name, params, signal) => (await post(`${studyUrl(name)}/estimate`, { params }, { signal })).body,

  /** @type {(study: string, lab: string, query: string, signal: AbortSignal) => Promise<Api.Lab>} */
  lab: (study, lab, query, signal) => get(labUrl(study, lab) + query, signal),

  /** @type {(wanted: Record<string, string | string[] | null | undefined>, signal?: AbortSignal) => Promise<Api.Page<Api.Experiment>>} */
  experiments: (wanted, signal) => {
    const given = Object.entries({ limit: "24", ...wanted }).flatMap(([key, values]) => [values ?? []].flat().map((value) => [key, value]));
    return get(`/api/experiments?${new URLSearchParams(given)}`, signal);
  },

  /** @type {(id: string, signal?: AbortSignal) => Promise<Api.Experiment>} */
  experiment: (id, signal) => get(experimentUrl(id), signal),

  /** @type {(request: Api.ExperimentCreate, key: string) => Promise<{ status: number, body: Api.Experiment }>} */
  create: (request, key) => post("/api/experiments", request, { headers: { "Idempotency-Key": key } }),

  /** @type {(id: string, title: string) => Promise<Api.Experiment>} */
  rename: async (id, title) => {
    const headers = { "Content-Type": "application/json" };
    return (await call(experimentUrl(id), { method: "PATCH", headers, body: JSON.stringify({ title }) })).json();
  },

  /** @type {(id: string, action: "cancel" | "resume") => Promise<Api.Experiment>} */
  act: async (id, action) => (await post(`${experimentUrl(id)}/${action}`)).body,

  /** @type {(id: string, models: number) => Promise<Api.ExtensionEstimate>} */
  extension: (id, models) => get(`${experimentUrl(id)}/extend?models=${models}`),

  /** @type {(id: string, models: number) => Promise<Api.Experiment>} */
  extend: async (id, models) => (await post(`${experimentUrl(id)}/extend`, { models })).body,

  /** @type {(id: string) => Promise<Response>} */
  remove: (id) => call(experimentUrl(id), { method: "DELETE" }),

  /** @type {() => Promise<Api.Page<Api.Experiment>>} */
  takeSamples: async () => (await post("/api/samples")).body,

  /** @type {(signal?: AbortSignal) => Promise<Api.Storage>} */
  storage: (signal) => get("/api/storage", signal),

  /** @type {(id: string) => Promise<Api.Experiment>} */
  bringBack: async (id) => (await post(`/api/storage/deleted/${encodeURIComponent(id)}/restore`)).body,

  /** @type {(id: string) => Promise<Response>} */
  removeForGood: (id) => call(`/api/storage/deleted/${encodeURIComponent(id)}`, { method: "DELETE" }),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.ScorePage>} */
  examples: (id, query, signal) => get(`${experimentUrl(id)}/examples${query}`, signal),

  /** @type {(id: string, signal: AbortSignal) => Promise<Api.Page<Api.Column>>} */
  columns: (id, signal) => get(`${experimentUrl(id)}/columns`, signal),

  /** @type {(id: string, index: string, query: string, signal: AbortSignal) => Promise<Api.Example | Api.TestExample>} */
  example: (id, index, query, signal) => get(`${experimentUrl(id)}/examples/${encodeURIComponent(index)}${query}`, signal),

  /** @type {(id: string, index: number, size: number, signal: AbortSignal) => Promise<Api.Poll>} */
  poll: (id, index, size, signal) => get(`${experimentUrl(id)}/examples/${index}/models?size=${size}`, signal),

  /** @type {(id: string, index: number, query: string, signal: AbortSignal) => Promise<Api.NeighborPage>} */
  neighbors: (id, index, query, signal) => get(`${experimentUrl(id)}/examples/${index}/neighbors${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.HelpingPage>} */
  helping: (id, query, signal) => get(`${experimentUrl(id)}/influence/rows${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.PeerPage>} */
  peers: (id, query, signal) => get(`${experimentUrl(id)}/influence/peers${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.CasePage>} */
  cases: (id, query, signal) => get(`${experimentUrl(id)}/cases${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.Trajectories>} */
  trajectories: (id, query, signal) => get(`${experimentUrl(id)}/trajectories${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.Histogram>} */
  histogram: (id, query, signal) => get(`${experimentUrl(id)}/histogram${query}`, signal),

  /** @type {(id: string, signal: AbortSignal) => Promise<Api.Page<Api.FigureInfo>>} */
  figures: (id, signal) => get(`${experimentUrl(id)}/figures`, signal),

  /** @type {(id: string, name: string, query: string, signal: AbortSignal) => Promise<PlotlyFigure>} */
  figure: (id, name, query, signal) => get(`${experimentUrl(id)}/figures/${name}${query}`, signal),

  /** @type {(id: string, signal: AbortSignal) => Promise<Api.Page<Api.PublishedFile>>} */
  published: (id, signal) => get(`${experimentUrl(id)}/published`, signal),

  /** @type {(id: string, name: string, query: string, signal: AbortSignal) => Promise<Api.Overlay>} */
  overlay: (id, name, query, signal) => get(`${experimentUrl(id)}/published/${encodeURIComponent(name)}${query}`, signal),

  /** @type {(id: string, name: string, query: string, signal: AbortSignal) => Promise<Api.Page<Api.Disagreement>>} */
  disagreements: (id, name, query, signal) =>
    get(`${experimentUrl(id)}/published/${encodeURIComponent(name)}/disagreements${query}`, signal),

  /** @type {(dataset: string, name: string) => Promise<Response>} */
  removePublished: (dataset, name) => call(`${datasetUrl(dataset)}/published/${encodeURIComponent(name)}`, { method: "DELETE" }),

  /** @type {() => Promise<Api.Page<Api.Matrix>>} */
  matrices: () => get("/api/matrices"),

  /** @type {(id: string) => Promise<Response>} */
  removeMatrix: (id) => call(`/api/matrices/${id}`, { method: "DELETE" }),

  /** @type {(id: string, signal: AbortSignal) => Promise<Api.Page<Api.Claim>>} */
  claims: (id, signal) => get(`${experimentUrl(id)}/claims`, signal),

  /** @type {(id: string, after: string | null, signal: AbortSignal) => Promise<Api.Page<Api.LogEvent>>} */
  log: (id, after, signal) => get(`${experimentUrl(id)}/log${after ? `?after=${encodeURIComponent(after)}` : ""}`, signal),

  /** @type {(id: string, signal: AbortSignal) => Promise<Api.Page<Api.Engine>>} */
  engines: (id, signal) => get(`${experimentUrl(id)}/engines`, signal),

  /** @type {(signal?: AbortSignal) => Promise<Api.Page<Api.Dataset>>} */
  datasets: (signal) => get("/api/datasets", signal),

  /** @type {(id: string, signal?: AbortSignal) => Promise<Api.Dataset>} */
  dataset: (id, signal) => get(datasetUrl(id), signal),

  /** @type {(id: string) => Promise<Api.Dataset>} */
  download: async (id) => (await post(`${datasetUrl(id)}/download`)).body,

  /** @type {(id: string) => Promise<Response>} */
  removeDataset: (id) => call(datasetUrl(id), { method: "DELETE" }),

  /** @type {(id: string, signal: AbortSignal) => Promise<Api.Counts>} */
  counts: (id, signal) => get(`${datasetUrl(id)}/counts`, signal),
  /** @type {(id: string, signal?: AbortSignal) => Promise<Api.Identical>} */
  identical: (id, signal) => get(`${datasetUrl(id)}/identical`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.Sample>} */
  sample: (id, query, signal) => get(`${datasetUrl(id)}/sample${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.Noise>} */
  noise: (id, query, signal) => get(`${datasetUrl(id)}/noise${query}`, signal),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.Labels>} */
  labels: (id, query, signal) => get(`${datasetUrl(id)}/labels${query}`, signal),

  /** @type {(id: string, after: string | null, signal: AbortSignal) => Promise<Api.Page<Api.Usage>>} */
  usage: (id, after, signal) => get(`${datasetUrl(id)}/usage${after ? `?after=${encodeURIComponent(after)}` : ""}`, signal),

  /** @type {(id: string, name: string) => Promise<Response>} */
  removeLabels: (id, name) => call(`${datasetUrl(id)}/labels/${encodeURIComponent(name)}`, { method: "DELETE" }),

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.ReviewPage>} */
  review: (id, query, signal) => get(`${experimentUrl(id)}/review${query}`, signal),

  /** @type {(id: string) => Promise<Api.Retrain>} */
  correctExperiment: async (id) => (await post(`${experimentUrl(id)}/corrected`)).body,

  /** @type {(id: string) => Promise<Api.Corrected>} */
  correctDataset: async (id) => (await post(`${datasetUrl(id)}/marks/labels`)).body,

  /** @type {(id: string, query: string, signal: AbortSignal) => Promise<Api.MarkPage>} */
  marks: (id, query, signal) => get(`${datasetUrl(id)}/marks${query}`, signal),

  /** @type {(id: string, items: Api.MarkIn[], by: string) => Promise<Api.MarkChange>} */
  setMarks: async (id, items, by) => (await post(`${datasetUrl(id)}/marks`, { items, by })).body,

  /** @type {(id: string, change: string, by: string) => Promise<Api.MarkChange>} */
  undoMarks: async (id, change, by) => (await post(`${datasetUrl(id)}/marks/undo`, { change, by })).body,

  /** @type {(id: string, signal?: AbortSignal) => Promise<Api.MarkCounts>} */
  markCounts: (id, signal) => get(`${datasetUrl(id)}/marks/counts`, signal),

  /** @type {(token: string, signal: AbortSignal) => Promise<Api.Share>} */
  share: (token, signal) => get(`${base}/api/shares/${token}`, signal),

  /** @type {(experiment: string) => Promise<Api.Page<Api.Share>>} */
  shares: (experiment) => get(`/api/shares?experiment_id=${encodeURIComponent(experiment)}`),

  /** @type {(request: Api.ShareCreate) => Promise<Api.Share>} */
  createShare: async (request) => (await post("/api/shares", request)).body,

  /** @type {(token: string) => Promise<Response>} */
  revokeShare: (token) => call(`/api/shares/${token}`, { method: "DELETE" }),

  /** @type {(name: string, signal?: AbortSignal) => Promise<Api.StoredView>} */
  view: (name, signal) => get(`${base}/api/views/${encodeURIComponent(name)}`, signal),

  /** @type {(query: string) => Promise<Api.StoredView>} */
  storeView: async (query) => (await post("/api/views", { view: query })).body,

  /** The newest hundred. @type {(signal: AbortSignal) => Promise<Api.Page<Api.Experiment>>} */
  recentExperiments: (signal) => get("/api/experiments?limit=100", signal),

  /** @type {(query: string, signal: AbortSignal) => Promise<Api.Report>} */
  report: (query, signal) => get(`/api/report${query}`, signal),

  /** @type {(query: string, signal: AbortSignal) => Promise<Api.Comparison>} */
  comparison: (query, signal) => get(`/api/compare${query}`, signal),

  /** @type {(query: string, signal: AbortSignal) => Promise<Api.ComparedPage>} */
  compared: (query, signal) => get(`/api/compare/examples${query}`, signal),

  /** @type {(query: string, signal: AbortSignal) => Promise<PlotlyFigure>} */
  comparisonFigure: (query, signal) => get(`/api/compare/figure${query}`, signal),

  /** @type {(signal?: AbortSignal) => Promise<Api.Queue>} */
  queue: (signal) => get("/api/queue", signal),
};

/**
 * @param {string} dataset
 * @param {number[]} indices at most 200
 */
export function spriteUrl(dataset, indices) {
  const query = indices.map((index) => `indices=${index}`).join("&");
  return `${datasetUrl(dataset)}/sprite.png?${query}`;
}

/**
 * Some pictures as models see them under data options, side by side.
 * @param {string} dataset
 * @param {string} options as a query, their `pixels` at least
 * @param {number[]} indices at most 50
 */
export function pixelsUrl(dataset, options, indices) {
  const query = indices.map((index) => `indices=${index}`).join("&");
  return `${datasetUrl(dataset)}/pixels.png${options}&${query}`;
}

/** `crypto.randomUUID` exists only on https and localhost; this works on a plain-http network too. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
