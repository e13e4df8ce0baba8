#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

const exitCode = await main(process.argv.slice(2));
process.exitCode = exitCode;
// Node 20 crashes when it exits normally from a terminal that is gone; a shell sees 129 all the same.
if (exitCode === 129 && process.stdin.isTTY) process.kill(process.pid, 'SIGHUP');
// After a signal statements may still be in flight: their connections must not keep the process.
if (exitCode > 128) process.exit();
