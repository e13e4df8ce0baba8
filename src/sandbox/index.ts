export { acquireSandbox } from './acquire-sandbox.js';
export { sandboxDown, sandboxReset, sandboxUp } from './control-sandbox.js';
export { listSandboxes, sandboxStatus } from './sandbox-status.js';
export type {
  FetchedSource,
  Sandbox,
  SandboxEngine,
  SandboxEvent,
  SandboxOptions,
  SandboxStatus,
  ServerSource,
} from './sandbox.js';
