import { GlyphlabError } from '../../contract/index.ts'
import { isPictureName } from '../formats/picture-name.ts'
import { parseOptions, withoutOptions } from '../options.ts'
import { readSourceFile } from '../read-file.ts'
import type { Importer } from './importer.ts'
import { subsetsByFolder } from './subset-folders.ts'

/** Any folder of pictures: samples without a class, to be labelled later; folders `train`, `val`, `test` say the subset. */
export const unlabelled: Importer = {
  id: 'unlabelled',
  title: 'Pictures without labels',

  detects: ({ scan }) => scan.files.some(({ path }) => isPictureName(path)),

  async plan(source) {
    const { root, scan, options } = source
    parseOptions(withoutOptions, options, 'unlabelled')
    if (scan.files.length === 0)
      throw new GlyphlabError('INVALID_INPUT', `${root} holds no files. Choose a folder with pictures.`)
    const subsets = subsetsByFolder(source)
    const candidates = scan.files.map(({ path, file }) => ({
      path: path.normalize('NFC'),
      label: '',
      subset: subsets?.get(path.split('/')[0] ?? '') ?? null,
      file,
      read: () => readSourceFile(file),
      info: null,
    }))
    return { candidates, warnings: [] }
  },
}
