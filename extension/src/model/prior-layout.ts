/** What is in the file of a prior. */
export interface PriorLayout {
  readonly file: string;
  /** Of the model's output `features`. */
  readonly features: number;
  readonly components: number;
  /** How many thumbnails of each real channel are kept as strangers; as many classes come first. */
  readonly near: readonly number[];
  /** Classes of drawn channels, which come next; the last class is that of random thumbnails. */
  readonly drawn: number;
  /** Random thumbnails to which nothing was fitted. */
  readonly held: number;
  /** How many thumbnails the scatter is of. */
  readonly rows: number;
}
