#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

const exitCode = await main(process.argv.slice(2));
process.exitCode = exitCode;
// After a signal statements may still be in flight: their connections must not keep the process.
if (exitCode > 128) process.exit();
