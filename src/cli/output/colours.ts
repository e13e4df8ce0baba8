import { Chalk, supportsColor, supportsColorStderr } from 'chalk';

// chalk itself does not know NO_COLOR; any value but the empty one asks for none.
const isPlain = (process.env.NO_COLOR ?? '') !== '';

/** Colours for stdout: none with NO_COLOR or where the output is no terminal. */
export const onStdout = new Chalk({ level: isPlain || !supportsColor ? 0 : supportsColor.level });

/** Colours for stderr: none with NO_COLOR or where stderr is no terminal. */
export const onStderr = new Chalk({ level: isPlain || !supportsColorStderr ? 0 : supportsColorStderr.level });
