import { spawnSync } from 'node:child_process';

import type { TestProject } from 'vitest/node';

/** Builds what has changed since the last build, so that no test ever sees another package than the sources tell. */
export default function buildIfStale(project: TestProject): void {
  build();
  project.onTestsRerun(async () => build());
}

function build(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the package could not be built (npm run build): nothing was tested');
}
