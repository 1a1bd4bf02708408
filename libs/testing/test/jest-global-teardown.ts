/** Ends what jest-global-setup.ts started. */
export default async function tearDown(): Promise<void> {
  await (globalThis as { droverTearDown?: () => Promise<void> }).droverTearDown?.();
}
