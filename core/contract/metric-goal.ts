/** Whether a smaller value of a metric is the better one, as its name says. */
export const isLowerBetter = (key: string): boolean =>
  /loss|error|perplexity|(^|[_/])(cer|wer|mse|mae|rmse)$/i.test(key)
