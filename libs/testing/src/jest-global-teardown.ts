/** Stops what the setup started, and names what had to be skipped. */
export default async function teardown(): Promise<void> {
  const skipped = (await globalThis.holdfastTestServices?.stop()) ?? [];
  if (skipped.length > 0)
    console.log(`Skipped for want of Kafka: ${skipped.length} groups (${skipped.join('; ')})`);
}
