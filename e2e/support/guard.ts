// What must not happen on any page of any test: an error on the console, and a layout that shifts without the person's doing.

import type { BrowserContext } from '@playwright/test';

declare global {
  interface Window {
    /** Tells the test of a shift; the guard puts it there. */
    layoutShifted?: (score: number, what: string) => void;
  }

  /** Layout Instability API, which TypeScript does not know. */
  interface LayoutShift extends PerformanceEntry {
    value: number;
    hadRecentInput: boolean;
    sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
  }
}

/** Of one page through a whole test; the measure and the limit are those of web.dev/articles/cls. */
const SCORE_AT_MOST = 0.1;

export class Guard {
  /** What the console called an error, and exceptions nobody caught, of every page there was. */
  readonly problems: string[] = [];
  /** What moved, from where to where, though nobody had pressed anything in the half second before. */
  private readonly moved: { score: number; what: string }[] = [];

  /** What moved, if it was more than people are said not to mind. */
  get shifts(): string[] {
    const score = this.moved.reduce((sum, shift) => sum + shift.score, 0);
    return score > SCORE_AT_MOST ? this.moved.map(({ what }) => what) : [];
  }

  static async over(context: BrowserContext): Promise<Guard> {
    const guard = new Guard();
    context.on('console', (message) => {
      if (message.type() === 'error') guard.problems.push(message.text());
    });
    context.on('weberror', (error) => guard.problems.push(String(error.error())));
    await context.exposeBinding('layoutShifted', (_source, score: number, what: string) => {
      guard.moved.push({ score, what: `${score.toFixed(4)}: ${what}` });
    });
    await context.addInitScript(observeShifts);
    return guard;
  }
}

/** Runs in the page before its own scripts. */
function observeShifts(): void {
  const name = (node: Node | null) => {
    const element = node instanceof Element ? node : node?.parentElement;
    const id = element?.closest('[data-testid]')?.getAttribute('data-testid');
    return `${element?.tagName.toLowerCase() ?? 'what is gone'}.${element?.getAttribute('class') ?? ''}${id ? ` in ${id}` : ''}`;
  };
  const place = ({ x, y, width, height }: DOMRectReadOnly) => `${x},${y} ${width}x${height}`;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as LayoutShift[]) {
      if (entry.hadRecentInput) continue;
      const moved = entry.sources.map(({ node, previousRect, currentRect }) => `${name(node)} ${place(previousRect)} -> ${place(currentRect)}`);
      window.layoutShifted?.(entry.value, moved.join('; '));
    }
  }).observe({ type: 'layout-shift', buffered: true });
}
