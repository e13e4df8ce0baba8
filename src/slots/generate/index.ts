export { type StrategyChoice, chooseStrategy } from './choose-strategy.js';
export { checkRunSettings, chooseWorkers, poolSizeFor } from './choose-workers.js';
export { generateSlots, planRun } from './generate-slots.js';
export { type PreviewOptions, type SlotPreview, previewSlots } from './preview-slots.js';
export { type ResumeRunOptions, resumeRun } from './resume-run.js';
export { type OpenRun, cutAsBefore, openRun } from './open-run.js';
export { runChunk } from './run-chunk.js';
export { RunTally } from './run-tally.js';
export { prove } from './work-through-run.js';
