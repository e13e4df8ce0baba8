import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ServerPackage } from '../engines/engine.js';
import { findOnPath } from './find-on-path.js';
import { findJava, javaCommand } from './java.js';
import { runCommand } from './run-command.js';

/** A Java server from Maven Central. */
export interface MavenArtifacts {
  /** Its name for messages: "kafka 4.3.0". */
  name: string;
  /** Each as `group:artifact:version`. Their dependencies are fetched too. */
  artifacts: readonly string[];
  /** The beginning of the name of the server's own jar. Without this jar the folder is not complete. */
  mainJar: string;
  /** The needed release of Java, for hints. */
  javaRelease: number;
}

/** The version is fixed, because its output is the folder's content. */
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** A server that Maven fetches into one folder, with verified checksums. Java runs it from there. */
export function mavenArtifacts(server: MavenArtifacts): ServerPackage {
  return {
    name: server.name,
    source: 'maven-artifacts',
    needs: `install Java ${server.javaRelease} or later and Maven (java and mvn on PATH)`,
    canFetch: () => findJava() !== undefined && findOnPath('mvn') !== undefined,
    fetchInto: (folder, signal) => fetchArtifacts(server, folder, signal),
    programIn: (root) => programOf(join(root, 'libs'), server.mainJar),
  };
}

async function fetchArtifacts(
  { name, artifacts }: MavenArtifacts,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'pom.xml'), pomOf(artifacts));
  const goal = [COPY_DEPENDENCIES, `-DoutputDirectory=${join(folder, 'root/libs')}`];
  const command = ['mvn', '--quiet', '--batch-mode', '--strict-checksums', ...goal];
  await runCommand(command, { doing: `fetching ${name}`, cwd: folder, signal });
  return artifacts.join(' ');
}

/** The command of the server with its jars in `libs`. Undefined when its own jar or Java is missing. */
export function programOf(libs: string, mainJar: string): { path: string; command: string[] } | undefined {
  const jar = listFolder(libs).find(
    (name) => name.startsWith(mainJar) && /^\d[\d.]*\.jar$/.test(name.slice(mainJar.length)),
  );
  const command = javaCommand(libs);
  return jar === undefined || command === undefined ? undefined : { path: join(libs, jar), command };
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>tablepick</groupId><artifactId>server</artifactId><version>1</version><dependencies>',
    ...dependencies,
    '</dependencies></project>\n',
  ].join('\n');
}
