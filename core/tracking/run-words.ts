/** Tags by which runs that have been elsewhere are known again. */
export const runIdTag = 'glyphlab.runId'
export const environmentTag = 'glyphlab.environment'
/** Where an imported run comes from; it stays here. */
export const sourceTag = 'glyphlab.source'
/** The text summary in which a TensorBoard log that was written here says what its run is. */
export const runSummaryTag = 'glyphlab/run'
