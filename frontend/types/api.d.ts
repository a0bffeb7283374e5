/** Short names for the shapes that the API's OpenAPI document declares. */
import type { components } from "./openapi.js";

type Schemas = components["schemas"];

export type Page<T> = { items: T[]; next?: string | null };
export type Study = Schemas["StudyOut"];
export type Paper = Schemas["PaperOut"];
export type Estimate = Schemas["EstimateOut"];
export type Experiment = Schemas["ExperimentOut"];
export type ExperimentCreate = Schemas["ExperimentCreate"];
export type Preview = Schemas["PreviewOut"];
export type Progress = Schemas["ProgressOut"];
export type Unit = Schemas["UnitOut"];
export type Worker = Schemas["WorkerOut"];
export type Queue = Schemas["QueueOut"];
export type Score = Schemas["ScoreOut"];
export type ScorePage = Schemas["ScorePage"];
export type Size = Schemas["SizeOut"];
export type Partner = Schemas["PartnerOut"];
export type Example = Schemas["ExampleOut"];
export type Neighbor = Schemas["NeighborOut"];
export type NeighborPage = Schemas["NeighborPage"];
export type Histogram = Schemas["HistogramOut"];
export type Trajectories = Schemas["TrajectoriesOut"];
export type Comparison = Schemas["ComparisonOut"];
export type ComparedExample = Schemas["ComparedExampleOut"];
export type ComparedPage = Schemas["ComparedPage"];
export type Claim = Schemas["ClaimOut"];
export type LogEvent = Schemas["EventOut"];
export type Dataset = Schemas["DatasetOut"];
export type LabelFile = Schemas["LabelSetOut"];
export type PublishedFile = Schemas["PublishedOut"];
export type Correlation = Schemas["CorrelationOut"];
export type Overlay = Schemas["OverlayOut"];
export type Disagreement = Schemas["DisagreementOut"];
export type Counts = Schemas["CountsOut"];
export type Sample = Schemas["SampleOut"];
export type SampleRow = Schemas["SampleRowOut"];
export type Noise = Schemas["NoiseOut"];
export type Usage = Schemas["UsageOut"];
export type Engine = Schemas["EngineOut"];
export type FigureInfo = Schemas["FigureInfoOut"];
export type Share = Schemas["ShareOut"];
export type ShareCreate = Schemas["ShareIn"];
export type StoredView = Schemas["StoredViewOut"];
export type Status = Experiment["status"];
export type Verdict = Score["verdict"];
export type Trajectory = Score["trajectory"];

export type FieldProblem = { pointer: string; detail: string };
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: FieldProblem[];
};
