import { spawnSync } from 'node:child_process';

import type { TestProject } from 'vitest/node';

/** Builds the changes since the last build, so that no test sees a package that is older than the sources. */
export default function buildIfStale(project: TestProject): void {
  build();
  project.onTestsRerun(async () => build());
}

function build(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the package could not be built (npm run build): nothing was tested');
}
