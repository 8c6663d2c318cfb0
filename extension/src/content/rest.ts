/** Where the pointer is, and since when it rests there; no DOM in here. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

const SLACK = 8; // px: a hand is never quite still

export class Rest {
  #point: Point | null = null;
  #from: Point | null = null;
  #since = 0;

  get point(): Point | null {
    return this.#point;
  }

  /** Notes where the pointer is at a time, in ms; says whether its rest began anew there. */
  move(point: Point | null, now: number): boolean {
    this.#point = point;
    const from = this.#from;
    if (point !== null && from !== null && Math.hypot(point.x - from.x, point.y - from.y) <= SLACK) {
      return false;
    }
    this.#from = point;
    this.#since = now;
    return true;
  }

  /** Notes that something else came below the pointer: it rests from now on. */
  restart(now: number): void {
    this.#from = this.#point;
    this.#since = now;
  }

  /** For how long the pointer has rested, in ms; 0 where there is none. */
  duration(now: number): number {
    return this.#point === null ? 0 : now - this.#since;
  }
}
