import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const JAVA_VERSION_MIN = 17;
const DOWNLOAD_TIMEOUT_MS = 300_000;

// Kafka brings slf4j-api 1.7, so the log binding is the one without the 2 in its name.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>holdfast</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.24.3</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
`;

/** What runs a broker: Java and Kafka's jars. */
export interface KafkaInstall {
  /** The java command. */
  readonly java: string;
  readonly classPath: string;
  /** Where the archive of loaded classes lies that makes starts quicker; the first broker that stops writes it. */
  readonly classArchive: string;
}

/** Why there is no Kafka to start here, for a sentence: "there is no Java on the PATH". */
export interface KafkaMissing {
  readonly missing: string;
}

/**
 * Finds Java and Kafka's jars, which Maven downloads once into a cache outside the source tree (`HOLDFAST_CACHE`, else
 * `holdfast` in the user's cache folder). Throws where a Java is there but too old, or the download fails.
 */
export async function installKafka(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<KafkaInstall | KafkaMissing> {
  const java = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : 'java';
  const javaVersion = await javaVersionText(java, env);
  if (javaVersion === undefined) return { missing: 'there is no Java on the PATH' };
  assertJavaVersion(java, javaVersion);

  const folder = join(cacheFolder(env), `kafka-${shortHash(POM)}`);
  if (!existsSync(folder)) {
    if (!(await hasMaven(env))) return { missing: 'there is no Maven (mvn) on the PATH' };
    say('Downloading Kafka with Maven, once ...');
    await download(folder, env);
  }
  const jars = (await readdir(folder)).filter((name) => name.endsWith('.jar')).sort();
  return {
    java,
    classPath: jars.map((name) => join(folder, name)).join(':'),
    // Another Java cannot read it.
    classArchive: join(folder, `classes-${shortHash(javaVersion)}.jsa`),
  };
}

/** Where tools are kept that are fetched once: outside of the source tree. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env['HOLDFAST_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'holdfast');
}

/** What `java -version` prints; undefined where there is no Java (macOS has a stub of that name, which fails). */
async function javaVersionText(java: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return run(java, ['-version'], { env }).then(
    ({ stderr }) => stderr,
    () => undefined,
  );
}

function assertJavaVersion(java: string, versionText: string): void {
  const [, version = 'of unknown version'] = /version "(?:1\.)?(\d+)/.exec(versionText) ?? [];
  if (Number(version) >= JAVA_VERSION_MIN) return;
  throw new Error(
    `Kafka needs Java ${JAVA_VERSION_MIN} or later, and ${java} is Java ${version}. Install one and point JAVA_HOME ` +
      'to it, name running brokers in KAFKA_BROKERS, or set HOLDFAST_KAFKA=off to do without Kafka.',
  );
}

async function hasMaven(env: NodeJS.ProcessEnv): Promise<boolean> {
  return run('mvn', ['-v'], { env }).then(
    () => true,
    () => false,
  );
}

/** Into a draft that is renamed: whoever finds the folder finds all of it, and of two at once the first one counts. */
async function download(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  await mkdir(draft, { recursive: true });
  try {
    await writeFile(join(draft, 'pom.xml'), POM);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`];
    await run('mvn', ['-q', '-B', '-f', join(draft, 'pom.xml'), ...goal], {
      env,
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    await rename(draft, folder);
  } catch (cause) {
    if (existsSync(folder)) return;
    const words = ((cause as { stdout?: string }).stdout || (cause as Error).message)
      .trim()
      .split('\n')
      .slice(0, 5);
    throw new Error(
      `Maven could not download Kafka:\n${words.join('\n')}\n` +
        'Name running brokers in KAFKA_BROKERS, or set HOLDFAST_KAFKA=off to do without Kafka.',
      { cause },
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
