import { z } from 'zod'
import { defineGate } from './gate-check.ts'

/** What a model learnt from is part of whether it may be used. */
export const dataRules = defineGate({
  id: 'data-rules',
  title: 'Data validation',
  description: 'The dataset version that it was trained on was checked, and keeps all rules of its dataset.',
  options: z.object({ rules: z.enum(['all', 'blocking']) }),
  fields: [
    {
      key: 'rules',
      title: 'Rules',
      help: 'All of them, or only those that training waits for.',
      kind: 'choice',
      default: 'all',
      choices: ['all', 'blocking'],
    },
  ],
  words: ({ rules }) =>
    rules === 'all'
      ? 'its training data keeps the rules of its dataset'
      : 'its training data keeps the rules that training waits for',
  async check({ rules: which }, evidence) {
    const { dataset, rules } = await evidence.dataRules()
    const judged = rules.filter(({ rule }) => which === 'all' || rule.blocking)
    const broken = judged.filter(({ holds }) => !holds)
    const figures = { rules: judged.length, broken: broken.length }
    if (judged.length === 0)
      return {
        passed: false,
        message: `${dataset} has no such rules, so that nothing was validated. Set some on its quality page.`,
        figures,
      }
    return {
      passed: broken.length === 0,
      message:
        broken.length === 0
          ? `${dataset} keeps ${judged.length === 1 ? 'its rule' : `all ${judged.length} rules`}.`
          : `${dataset} breaks ${broken.map(({ words, problem }) => `"${words}" (${problem.replace(/\.$/, '')})`).join(', ')}.`,
      figures,
    }
  },
})
