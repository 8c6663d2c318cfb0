/** Files that a channel is to be learnt from: each is read once, and what cannot be used is named. No DOM in here. */

import { type Example, type FileReply, type Learnt, MOST_EXAMPLES } from '../shared/learning.ts';
import { type ClassifyFailure, failure } from '../shared/messages.ts';

const AT_A_TIME = 2;

/** Why a file is not used: it is none of the kinds that are read, the same as another, one too many, or not readable. */
export type Fault = 'type' | 'same' | 'many' | ClassifyFailure;

export interface BadFile {
  readonly name: string;
  readonly fault: Fault;
}

interface Asked {
  readonly isPicture: (file: File) => Promise<boolean>;
  readonly read: (file: File) => Promise<Learnt<FileReply>>;
}

/** The examples that came of files so far, each with the file that it came of. */
export class PicturesRead {
  readonly #files = new Map<Example, File>();
  #bad: readonly BadFile[] = [];
  #done = 0;
  #of = 0;

  constructor(private readonly asked: Asked) {}

  get examples(): readonly Example[] {
    return [...this.#files.keys()];
  }

  /** Of the files that were added last. */
  get bad(): readonly BadFile[] {
    return this.#bad;
  }

  /** How many files were read, of how many; all of them where nothing is being read. */
  get progress(): { readonly done: number; readonly of: number } {
    return { done: this.#done, of: this.#of };
  }

  fileOf(example: Example): File | undefined {
    return this.#files.get(example);
  }

  /** Reads more files, a few at a time; `changed` is called after each. */
  async add(files: readonly File[], changed: () => void): Promise<void> {
    if (this.#done === this.#of) {
      this.#bad = [];
      this.#done = this.#of = 0;
    }
    this.#of += files.length;
    const left = files.values();
    const work = async (): Promise<void> => {
      for (const file of left) {
        const fault = await this.#take(file);
        this.#bad = fault === null ? this.#bad : [...this.#bad, { name: file.name, fault }];
        this.#done++;
        changed();
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  async #take(file: File): Promise<Fault | null> {
    if (this.#files.size >= MOST_EXAMPLES) {
      return 'many';
    }
    try {
      if (!(await this.asked.isPicture(file))) {
        return 'type';
      }
      const reply = await this.asked.read(file);
      return reply.ok ? this.#note(reply.example, file) : reply;
    } catch (error) {
      return failure(error);
    }
  }

  /** Others may have come while this one was read. */
  #note(example: Example, file: File): Fault | null {
    if (this.#files.has(example)) {
      return 'same';
    }
    if (this.#files.size >= MOST_EXAMPLES) {
      return 'many';
    }
    this.#files.set(example, file);
    return null;
  }
}
