/** The parts of plotly.js that the front end uses. */

interface PlotlyFigure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown> & { meta?: { summary?: string; least_width?: number; points?: string[]; cells?: import("../js/components/cells.js").Cells }; margin?: Partial<Record<"l" | "r" | "t" | "b", number>> };
}

interface PlotlyAxis {
  _offset: number;
  _length: number;
  range: [number, number];
  l2p(value: number): number;
  p2l(pixel: number): number;
}

interface PlotlyElement extends HTMLElement {
  data?: PlotlyFigure["data"];
  layout?: PlotlyFigure["layout"];
  on(name: "plotly_legendclick", listener: (event: { data: PlotlyFigure["data"]; curveNumber: number }) => boolean): void;
  on(name: "plotly_click", listener: (event: { points: { pointIndex: [row: number, column: number] }[] }) => void): void;
  on(name: "plotly_legenddoubleclick", listener: () => boolean): void;
  on(name: "plotly_click", listener: (event: { points: { pointIndex?: number | number[] }[] }) => void): void;
  _fullLayout?: { xaxis: PlotlyAxis; yaxis: PlotlyAxis; xaxis2?: PlotlyAxis; xaxis3?: PlotlyAxis };
}

interface PlotlyStatic {
  react(
    element: HTMLElement,
    data: PlotlyFigure["data"],
    layout: PlotlyFigure["layout"],
    config: Record<string, unknown>,
  ): Promise<PlotlyElement>;
  relayout(element: HTMLElement, changes: Record<string, unknown>): Promise<PlotlyElement>;
  restyle(element: HTMLElement, changes: Record<string, unknown>): Promise<PlotlyElement>;
  purge(element: HTMLElement): void;
  downloadImage(
    figure: PlotlyFigure,
    options: { format: "svg" | "png"; width: number; height: number; filename: string; scale?: number },
  ): Promise<string>;
  Plots: { resize(element: HTMLElement): Promise<void> };
}

interface Window {
  Plotly?: PlotlyStatic;
}
