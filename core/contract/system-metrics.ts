const prefix = 'system/'

/** Whether a metric tells of the machine and not of the run: MLflow's clients and the engine name them so. */
export const isSystemMetric = (key: string): boolean => key.startsWith(prefix)

/** The name under which a reading of the machine is logged, as MLflow has it. */
export const systemMetric = (name: string): string => prefix + name
