/**
 * Once made the audit log's table, which has a file of its own now. The step stays: a store that took it would
 * otherwise be taken for one of a later version. What such a store has in the table is moved when the audit log opens.
 */
export async function up (): Promise<void> {}
