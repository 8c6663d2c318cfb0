/** What the card says of the heatmap over the thumbnail. */
export interface HeatmapView {
  readonly pressed: boolean;
  readonly hasLegend: boolean;
  readonly text: string;
  /** Whether it helps to start the local server. */
  readonly hasCommand: boolean;
}
