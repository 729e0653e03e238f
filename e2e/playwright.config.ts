import { defineConfig } from '@playwright/test';

// `cargo xtask e2e` builds what is tested and names it in the environment.
const results = process.env['SIDECAM_RESULTS'];

export default defineConfig({
  outputDir: './test-results',
  // Pictures are timed: two tests at once on two cores would measure each other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: results ? [['list'], ['json', { outputFile: results }]] : [['list']],
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
  projects: [
    { name: 'tests', testDir: './tests' },
    { name: 'smoke', testDir: './smoke' },
    { name: 'bench', testDir: './bench' },
    { name: 'pictures', testDir: './pictures' },
    { name: 'screens', testDir: './screens' },
  ],
});
