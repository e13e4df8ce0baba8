import { join } from 'node:path';

import { findOnPath, isProgram } from './find-on-path.js';

/**
 * The machine's Java: from JAVA_HOME, else the first on PATH, else undefined. Its release is not checked. When it is
 * too old for a program, the program prints no version, so it is not a server.
 */
export function findJava(): string | undefined {
  const home = process.env['JAVA_HOME'];
  const named = home === undefined || home === '' ? undefined : join(home, 'bin/java');
  return named !== undefined && isProgram(named) ? named : findOnPath('java');
}

/**
 * The words before the name of a class in one of the jars of `libs`. Undefined without Java.
 *
 * The heap is small, because the sandbox's server shares the machine with other programs. The serial collector had the
 * fastest start and the most messages per second on two cores. The second compiler stays on: without it, the start is
 * 0.3 s faster, but a third fewer messages are accepted. The log has only warnings and errors, with either of the two
 * loggers of the jars.
 */
export function javaCommand(libs: string): string[] | undefined {
  const java = findJava();
  return java === undefined ? undefined : [java, ...JAVA_OPTIONS, '-cp', join(libs, '*')];
}

const JAVA_OPTIONS = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-Dlog4j2.level=WARN',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
];
