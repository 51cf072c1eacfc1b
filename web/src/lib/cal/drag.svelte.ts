// Dragging in a calendar: over free time to make an entry, an entry to another time, its lower edge to another end.
// A finger lifts an entry by a long press; before that it scrolls.
import { instantOf, rowOf, snap, type Axis, type Span } from './layout';
import type { Day } from '$lib/time/days';

const MINUTE = 60_000;
const PRESS = 400;
const SLOP = 5;

export interface Place {
  day: Day;
}

/** What is being dragged, and where it would be put. */
export interface Ghost<T> {
  kind: 'create' | 'move' | 'resize';
  entry?: T;
  column: number;
  from: number;
  to: number;
  /** Null where it may not be put: an hour that the day does not have. */
  span: Span | null;
}

export interface Board<T> {
  axis: () => Axis;
  columns: () => readonly Place[];
  /** The elements of the columns, in their order. */
  elements: () => readonly HTMLElement[];
  rows: () => { from: number; to: number };
  /** Whether an entry stays in its column. */
  fixed: () => boolean;
  drop: (ghost: Ghost<T>) => void;
}

export class Drag<T extends Span> {
  ghost = $state.raw<Ghost<T> | null>(null);
  #board: Board<T>;
  #start: { kind: Ghost<T>['kind']; entry?: T; column: number; row: number; x: number; y: number; lifted: boolean } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The click that ends a drag opens nothing. */
  #dragged = false;

  constructor(board: Board<T>) {
    this.#board = board;
  }

  press(event: PointerEvent, column: number, kind: Ghost<T>['kind'], entry?: T): void {
    if (event.button !== 0) return;
    const mouse = event.pointerType === 'mouse';
    if (!mouse && kind === 'create') return;
    this.#dragged = false;
    this.#start = { kind, column, row: this.#row(event, column), x: event.clientX, y: event.clientY, lifted: mouse, ...(entry ? { entry } : {}) };
    if (mouse) return;
    this.#timer = setTimeout(() => {
      if (!this.#start) return;
      this.#start.lifted = true;
      this.#show(event);
    }, PRESS);
  }

  move(event: PointerEvent): void {
    const start = this.#start;
    if (!start) return;
    const far = Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLOP;
    if (!start.lifted && far) return this.cancel();
    if (start.lifted && (far || this.ghost)) this.#show(event);
  }

  release(): void {
    const { ghost } = this;
    this.cancel();
    if (!ghost) return;
    this.#dragged = true;
    if (ghost.span) this.#board.drop(ghost);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#start = null;
    this.ghost = null;
  }

  /** Keeps the page where it is while a finger drags. */
  hold(event: TouchEvent): void {
    if (this.ghost) event.preventDefault();
  }

  /** Whether a click was the end of a drag; asked once for each. */
  ended(): boolean {
    const was = this.#dragged;
    this.#dragged = false;
    return was;
  }

  #show(event: PointerEvent): void {
    const start = this.#start;
    if (!start) return;
    const axis = this.#board.axis();
    const column = start.kind === 'move' && !this.#board.fixed() ? this.#column(event) : start.column;
    const place = this.#board.columns()[column];
    const home = this.#board.columns()[start.column];
    if (!place || !home) return;
    const row = this.#row(event, column);
    const { kind, entry } = start;
    if (kind === 'create' || !entry) {
      const from = Math.floor(Math.min(start.row, row) / 15) * 15;
      const to = Math.max(Math.ceil(Math.max(start.row, row) / 15) * 15, from + 15);
      this.ghost = { kind, column, from, to, span: this.#span(axis, place.day, from, to) };
      return;
    }
    const first = rowOf(axis, home.day, Math.max(entry.start, home.day.start));
    if (kind === 'resize') {
      const to = Math.max(snap(row), first + 15);
      const span = this.#span(axis, place.day, first, to);
      this.ghost = { kind, entry, column, from: first, to, span: span && { start: entry.start, end: span.end } };
      return;
    }
    const length = entry.end - entry.start;
    const from = Math.min(Math.max(snap(first + row - start.row), 0), axis.length - 15);
    const at = instantOf(axis, place.day, from);
    const to = Math.min(axis.length, from + Math.max(length / MINUTE, 15));
    this.ghost = { kind, entry, column, from, to, span: at === null ? null : { start: at, end: at + length } };
  }

  #span(axis: Axis, day: Day, from: number, to: number): Span | null {
    const start = instantOf(axis, day, from);
    const last = instantOf(axis, day, to - 1);
    return start === null || last === null ? null : { start, end: last + MINUTE };
  }

  #row(event: PointerEvent, column: number): number {
    const box = this.#board.elements()[column]?.getBoundingClientRect();
    const { from, to } = this.#board.rows();
    if (!box || box.height === 0) return from;
    return Math.min(to, Math.max(from, from + ((event.clientY - box.top) / box.height) * (to - from)));
  }

  #column(event: PointerEvent): number {
    const boxes = this.#board.elements().map((element) => element.getBoundingClientRect());
    const over = boxes.findIndex((box) => event.clientX >= box.left && event.clientX < box.right);
    if (over >= 0) return over;
    return this.#start?.column ?? 0;
  }
}
