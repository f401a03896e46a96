/** As many as a consumer gets in one call. */
export const BATCH = 500;

/** In ms. The same process wakes its relay after each commit, so a poll finds only what a killed process left. */
export const POLL_EVERY = 1_000;
