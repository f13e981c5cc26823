/** The tag of a run below another one: that run's id, as MLflow's clients write it. */
export const parentTag = 'mlflow.parentRunId'
