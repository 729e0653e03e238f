// What axe finds against WCAG 2.2 A and AA.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Every fault, in a line: the rule, what it means, and the first parts that break it. */
export async function barriers(page: Page): Promise<string[]> {
  // Legacy mode opens no page of its own to gather results in; there are no frames of others here.
  const { violations } = await new AxeBuilder({ page }).withTags(LEVELS).setLegacyMode(true).analyze();
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary?.split('\n').slice(1).join(' ').trim()})`);
    return `${id}: ${help}: ${where.join('; ')}`;
  });
}
